//! Each function as a real program on the local cloud.

mod batch;
mod figures;
mod ingest;
mod optimize;
mod park;
mod record;
