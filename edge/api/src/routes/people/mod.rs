//! People of a tenant, their invitations and roles.

pub mod invitation_token;
pub mod invite_owner;
