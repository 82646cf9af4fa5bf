"""Documents and pictures as files, in and out: every file is accounted for, none half written."""
