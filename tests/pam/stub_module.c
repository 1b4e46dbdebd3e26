/*
 * stub_module.c - a PAM module that returns what its options say:
 *	auth=N acct=N	the code of that entry point (default 0)
 *	ask		auth: says hello, then wants the password "correct horse"
 *	user=NAME	auth: changes PAM_USER
 *	exit		auth: ends the process with status 0
 *	env		auth: fails unless the environment is PATH alone
 * A test tool, never installed.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

extern char **environ;

static const char *
option(int argc, const char **argv, const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; i < argc; i++)
		if (strncmp(argv[i], name, len) == 0)
			return argv[i] + len;
	return NULL;
}

static int
code(int argc, const char **argv, const char *name)
{
	const char *value = option(argc, argv, name);

	return value == NULL ? PAM_SUCCESS : atoi(value);
}

static int
ask(pam_handle_t *pamh)
{
	char *answer = NULL;
	int rc = pam_info(pamh, "Hello\007");

	if (rc == PAM_SUCCESS)
		rc = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "Pass\033word: ");
	if (rc == PAM_SUCCESS && strcmp(answer, "correct horse") != 0)
		rc = PAM_AUTH_ERR;
	free(answer);
	return rc;
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	if (option(argc, argv, "exit") != NULL)
		_exit(0);
	if (option(argc, argv, "env") != NULL && (environ == NULL || environ[0] == NULL ||
	    strncmp(environ[0], "PATH=/usr/sbin:", 15) != 0 || environ[1] != NULL))
		return PAM_AUTH_ERR;
	if (option(argc, argv, "user=") != NULL)
		pam_set_item(pamh, PAM_USER, option(argc, argv, "user="));
	if (option(argc, argv, "ask") != NULL && ask(pamh) != PAM_SUCCESS)
		return PAM_AUTH_ERR;
	return code(argc, argv, "auth=");
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	return code(argc, argv, "acct=");
}
