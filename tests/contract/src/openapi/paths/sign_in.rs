//! Signing in, and the credentials of one's own.

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use crate::openapi::responses::common_headers;
use attune_contracts::ProblemCode::{
    Conflict, DeviceRevoked, InvalidCredentials, InvalidParameter, InvalidToken, NotFound, OriginRefused, Overloaded,
    RateLimited, SecondFactorRequired, SessionEnded, TokenExpired, TooManyTries, Unavailable, UserSuspended,
    VersionConflict,
};
use attune_identity::api_key::Scope;
use serde_json::{Value, json};

/// What the session may refuse when a device signs in.
const REFUSED: &[attune_contracts::ProblemCode] =
    &[InvalidCredentials, UserSuspended, Conflict, DeviceRevoked, SessionEnded, RateLimited];

/// A redirect of a browser.
fn redirect(description: &str) -> Value {
    json!({
        "description": description,
        "headers": {
            "x-request-id": {"$ref": "#/components/headers/RequestId"},
            "location": {"description": "Where the browser goes.", "required": true, "schema": {"type": "string", "format": "uri"}},
            "set-cookie": {"description": "Sealed, `__Host-`, `HttpOnly`, `SameSite=Lax`.", "required": true, "schema": {"type": "string"}},
        },
    })
}

/// An answer without a body.
fn empty(description: &str) -> Value {
    json!({"description": description, "headers": common_headers()})
}

pub fn operations() -> Operations {
    let new = |id: &str, summary: &str, auth| Operation::new(id, "identity", summary, auth);
    let token = new("signInWithToken", "Sign in with a token of one of the tenant's issuers", Auth::Proof)
        .says("An ID token or a bearer JWT, RS256 or ES256, for one of the issuer's audiences. Who is linked with its subject is signed in; who is not, and was invited under its verified address, accepts the invitation by this.")
        .takes("OidcSignIn", &["oidc-sign-in.v1"])
        .answers(200, "The device's tokens.", "Tokens", &["tokens.v1"])
        .may_fail(REFUSED)
        .may_fail(&[InvalidToken, TokenExpired]);
    let start = new("startOidc", "Send a browser to an issuer", Auth::Open)
        .says("The code flow with PKCE, state and nonce. The client of the issuer has to allow `/v1/auth/oidc/callback` of this host. The origin of `return_to` has to be on the tenant's setting `return_origins`.")
        .param("OidcTenant")
        .param("Issuer")
        .param("ReturnTo")
        .responds(302, redirect("To the issuer."))
        .may_fail(&[InvalidParameter, Unavailable]);
    let callback = new("oidcCallback", "Take a browser back from an issuer", Auth::Open)
        .says("The browser gets a code in a cookie, good once, for two minutes, and goes to `return_to`.")
        .param("OidcState")
        .param("OidcCode")
        .param("OidcError")
        .param("OidcIss")
        .responds(303, redirect("Back to the tenant's page."))
        .may_fail(&[InvalidParameter, InvalidCredentials, InvalidToken, TokenExpired, UserSuspended, Unavailable]);
    let complete = new("completeOidc", "Exchange a browser's code for tokens of its key", Auth::Proof)
        .says("The code stands in the cookie; `Origin` has to be on the tenant's setting `return_origins`.")
        .takes("OidcComplete", &["oidc-complete.v1"])
        .answers(200, "The device's tokens.", "Tokens", &["tokens.v1"])
        .may_fail(REFUSED)
        .may_fail(&[OriginRefused]);
    let password = new("signInWithPassword", "Sign in with a password", Auth::Proof)
        .says("The answer is the same for an address that nobody has. After five wrong tries in a row one waits, twice as long with each further one, 15 minutes at most.")
        .takes("PasswordSignIn", &["password-sign-in.v1"])
        .answers(200, "The device's tokens.", "Tokens", &["tokens.v1"])
        .may_fail(REFUSED)
        .never(&[UserSuspended, SessionEnded])
        .may_fail(&[SecondFactorRequired, TooManyTries]);
    let code = new("askEmailCode", "Have a code sent by e-mail", Auth::Page(Scope::ChatConnect))
        .says("For visitors of a page that shows a publishable key. The answer is the same whoever has the address; there is a mail where nobody has it or a visitor has. A code has 8 digits and is good for 10 minutes, 5 tries, and the device that asked. For an address one is made each 30 seconds, and 5 in an hour.")
        .takes("EmailCode", &["email-code.v1"])
        .responds(202, empty("What there is to send will be sent."))
        .may_fail(&[Overloaded]);
    let verify = new("signInWithEmailCode", "Sign in with a code from an e-mail", Auth::Page(Scope::ChatConnect))
        .says("By the device that asked. Who is new becomes a person with the role `end_user`; people with another role sign in otherwise. Whatever is wrong, the answer is the same, and the right code is good once.")
        .takes("EmailVerify", &["email-verify.v1"])
        .answers(200, "The device's tokens.", "Tokens", &["tokens.v1"])
        .may_fail(&[InvalidCredentials, Conflict]);
    let me =
        new("getMe", "Who is signed in", Auth::User).answers(200, "The person, and the credentials.", "Me", &["me.v1"]);
    let set = new("setPassword", "Set one's password", Auth::User)
        .says("Whoever has one gives it. A change signs out all other devices.")
        .takes("SetPassword", &["set-password.v1"])
        .answers_nothing("The password is set.")
        .may_fail(&[InvalidCredentials, TooManyTries]);
    let begin = new("beginTotp", "Begin a second factor", Auth::User)
        .says("RFC 6238, with 6 digits of SHA-1 each 30 seconds. It counts when its first code has confirmed it.")
        .answers(201, "The address for an authenticator; shown once.", "Totp", &["totp.v1"])
        .may_fail(&[Conflict]);
    let confirm = new("confirmTotp", "Confirm a second factor", Auth::User)
        .says("From then on a password alone signs nobody in.")
        .takes("TotpCode", &["totp-code.v1"])
        .answers(201, "The recovery codes; shown once.", "RecoveryCodes", &["recovery-codes.v1"])
        .may_fail(&[InvalidCredentials, TooManyTries]);
    let remove = new("removeTotp", "Take the second factor away", Auth::User)
        .says("With its recovery codes, by a code of either.")
        .takes("SecondFactor", &["second-factor.v1"])
        .answers_nothing("There is none.")
        .may_fail(&[InvalidCredentials, TooManyTries]);
    let recovery = new("makeRecoveryCodes", "Make new recovery codes", Auth::User)
        .says("Each is good once in the place of a code of the authenticator. Earlier ones are good no more. A code of the authenticator or an earlier recovery code is asked for.")
        .takes("SecondFactor", &["second-factor.v1"])
        .answers(201, "The codes; shown once.", "RecoveryCodes", &["recovery-codes.v1"])
        .may_fail(&[Conflict, InvalidCredentials, TooManyTries]);
    let identities = new("listIdentities", "Who one is at the tenant's issuers", Auth::User).answers(
        200,
        "The identities, the first linked first.",
        "Identities",
        &["identities.v1"],
    );
    let link = new("linkIdentity", "Sign in by an issuer from now on", Auth::User)
        .says("Whom the token names at its issuer signs in as the caller. Again is harmless.")
        .takes("LinkIdentity", &["link-identity.v1"])
        .answers(201, "The identity.", "Identity", &[])
        .may_fail(&[VersionConflict]);
    let unlink = new("unlinkIdentity", "Sign in by an identity no more", Auth::User)
        .says("Devices that it has signed in stay: revoke them where that is meant.")
        .param("Identity")
        .answers_nothing("It signs nobody in.")
        .may_fail(&[NotFound]);
    vec![
        ("/v1/me/identities", "get", identities.build()),
        ("/v1/me/identities", "post", link.build()),
        ("/v1/me/identities/{identity}", "delete", unlink.build()),
        ("/v1/auth/oidc", "post", token.build()),
        ("/v1/auth/oidc/start", "get", start.build()),
        ("/v1/auth/oidc/callback", "get", callback.build()),
        ("/v1/auth/oidc/complete", "post", complete.build()),
        ("/v1/auth/password", "post", password.build()),
        ("/v1/auth/email", "post", code.build()),
        ("/v1/auth/email/verify", "post", verify.build()),
        ("/v1/me", "get", me.build()),
        ("/v1/me/password", "put", set.build()),
        ("/v1/me/totp", "post", begin.build()),
        ("/v1/me/totp/remove", "post", remove.build()),
        ("/v1/me/totp/confirm", "post", confirm.build()),
        ("/v1/me/recovery-codes", "post", recovery.build()),
    ]
}
