/*
 * descriptors.h - what a program of people finds as 0, 1 and 2.
 */
#ifndef CLIENT_DESCRIPTORS_H
#define CLIENT_DESCRIPTORS_H

/*
 * First of all: where one of them is closed, no connection or terminal of ours
 * may take its place and be written to as if it were; writing to it fails.
 */
void descriptors_settle(void);

#endif
