/* SPDX-License-Identifier: ISC */
/* cid - a name for one thing to be stored once, however often it is sent. */
#ifndef CID_H
#define CID_H

#define CID_SIZE 33

/* 128 random bits as hex digits. */
void cid_make(char cid[CID_SIZE]);

#endif
