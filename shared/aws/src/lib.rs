//! SigV4 and the few AWS calls of the edge as request and response values.
