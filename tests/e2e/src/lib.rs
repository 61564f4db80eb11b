//! LocalStack and wrangler dev together.
