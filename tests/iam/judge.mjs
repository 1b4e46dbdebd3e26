// judge.mjs - holds session policies against an IAM evaluator that is not ours.
//
//   policy_cases COUNT SEED | node judge.mjs
//
// Each request of a case is judged with the session's policy, a role that may
// everything, and a bucket policy that names the session and allows it
// everything.  What the scope allows must be allowed.  All else must be denied
// explicitly: for what a session policy merely does not mention, such a bucket
// policy is enough (W3, W12).
//
// Then the policy is spoilt, in each way below, and some request must show it.
//
// A key with a `*` in it can't be asked for: this evaluator takes it for a
// pattern.  Such policies are judged all the same, by keys that a live `*` would
// match.
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const require = createRequire(process.env.IAM_MODULES ?? import.meta.url)
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const ACCOUNT = '111122223333'
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/s3jit-write/s3jit-kmxqrtvz`
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

const bucketPolicy = (bucket) => ({
  Version: '2012-10-17',
  Statement: [{
    Effect: 'Allow', Principal: { AWS: SESSION }, Action: 's3:*',
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
  }]
})

// a key of KMS trusts nobody by itself
const keyPolicy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: SESSION }, Action: 'kms:*', Resource: '*' }]
}

function resourceOf(r) {
  return r.resource ?? `arn:aws:s3:::${r.bucket}` + (r.key == null ? '' : `/${r.key}`)
}

const canAsk = (r) => !resourceOf(r).includes('*')

async function evaluate(policy, r) {
  const context = { 'aws:CurrentTime': r.now }
  if (r.resource === undefined) context['s3:ResourceAccount'] = ACCOUNT
  if (r.prefix != null) context['s3:prefix'] = r.prefix
  if (r.via !== undefined) context['kms:ViaService'] = r.via
  const answer = await runSimulation({
    request: {
      principal: SESSION, action: r.action,
      resource: { resource: resourceOf(r), accountId: ACCOUNT }, contextVariables: context
    },
    sessionPolicy: policy,
    identityPolicies: [{ name: 'role', policy: everything }],
    serviceControlPolicies: [], resourceControlPolicies: [],
    resourcePolicy: r.bucket === undefined ? keyPolicy : bucketPolicy(r.bucket)
  }, {})
  if (answer.resultType !== 'single')
    throw new Error(`${JSON.stringify(r)}: ${JSON.stringify(answer.errors ?? answer.resultType)}`)
  if (answer.result.ignoredContextKeys.length > 0)
    throw new Error(`${JSON.stringify(r)}: looked past ${answer.result.ignoredContextKeys}`)
  return answer.overallResult
}

// The first request that is judged otherwise than meant; null: none.
async function firstWrong(policy, requests, count) {
  // older versions know no ${*}: there it would be a star between braces (W2)
  if (policy.Version !== '2012-10-17') return { what: 'no version, or another' }
  for (const r of requests) {
    const verdict = await evaluate(policy, r)
    count(verdict)
    if (verdict !== (r.want ? 'Allowed' : 'ExplicitlyDenied')) return { ...r, verdict }
  }
  return null
}

const without = (policy, i) => ({ ...policy, Statement: policy.Statement.filter((_, at) => at !== i) })
const changed = (policy, i, more) =>
  ({ ...policy, Statement: policy.Statement.map((s, at) => (at === i ? { ...s, ...more } : s)) })

// Every way to spoil this policy: [what was done, the result].
function* spoilt(policy) {
  for (const [i, s] of policy.Statement.entries()) {
    if (s.Effect !== 'Deny') continue
    const kind = s.NotAction ? 'other actions' : s.NotResource ? 'other resources' :
      s.Condition?.DateGreaterThanEquals ? 'the deadline' : s.Condition ? 'other prefixes' : 'all'
    yield [`a Deny of ${kind} removed`, without(policy, i)]
    if (s.NotAction)
      yield ['NotAction widened', changed(policy, i, { NotAction: [s.NotAction, 's3:BypassGovernanceRetention', 's3:PutBucketPolicy'].flat() })]
    if (s.NotResource)
      yield ['NotResource widened', changed(policy, i,
        { NotResource: [s.NotResource, 'arn:aws:s3:::*', 'arn:aws:kms:*:*:*'].flat() })]
  }
  const text = JSON.stringify(policy)
  const wild = text.replace(/\$\{([*?])\}/g, '$1')
  if (wild !== text) yield ['${*} and ${?} unescaped', JSON.parse(wild)]
  const { Version, ...rest } = policy
  yield ['the version dropped', rest]
}

let policies = 0, allowed = 0, denied = 0, starred = 0
const caught = new Map(), complaints = []

for await (const line of createInterface({ input: process.stdin })) {
  const { permissions, policy: text, requests } = JSON.parse(line)
  const policy = JSON.parse(text), asked = requests.filter(canAsk)
  starred += requests.length - asked.length
  policies++
  const wrong = await firstWrong(policy, asked, (v) => (v === 'Allowed' ? allowed++ : denied++))
  if (wrong) complaints.push({ permissions, wrong, policy })
  // nothing to see where all that is allowed has a * in its key
  if (!asked.some((r) => r.want && r.bucket !== undefined)) continue
  for (const [what, worse] of spoilt(policy)) {
    if (await firstWrong(worse, asked, () => {})) caught.set(what, (caught.get(what) ?? 0) + 1)
    else complaints.push({ permissions, missed: what, policy })
  }
}
console.log(`${policies} policies: ${allowed} requests allowed, ${denied} denied explicitly, ${starred} not asked (a * in the key)`)
for (const [what, times] of caught) console.log(`seen ${times} times: ${what}`)
for (const c of complaints.slice(0, 5)) console.log(`WRONG ${JSON.stringify(c)}`)
console.log(complaints.length === 0 ? 'judged as meant' : `${complaints.length} wrong`)
process.exitCode = complaints.length === 0 && policies > 0 && allowed > 0 ? 0 : 1
