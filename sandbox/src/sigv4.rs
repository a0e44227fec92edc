//! Who sent a request: AWS Signature Version 4, checked as strictly as AWS does.
//!
//! The HMAC itself is `rustack-auth`'s. Around it stands what that leaves out: host, date and target must be
//! signed and occur once, the scope's date must be the request's date, the clock may be five minutes off,
//! and region and service must be ours. Pure: the time and the tenant are handed in.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use http::request::Parts;
use http::{HeaderName, header};
use rustack_auth::sigv4::{ParsedAuth, parse_authorization_header};
use rustack_auth::{AuthError, CredentialProvider, verify_sigv4};
use secrecy::ExposeSecret as _;

use crate::region::Region;
use crate::tenant::Tenant;
use crate::wire::Refusal;

/// How far a caller's clock may be from ours, as with AWS.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const SESSION: HeaderName = HeaderName::from_static("x-amz-security-token");

/// What a request says about itself. True only once [`verify`] has passed.
#[derive(Debug)]
pub struct Claims {
    pub access_key_id: String,
    pub region: Region,
}

impl Claims {
    /// Reads the claims and refuses all that can be refused without knowing the secret.
    pub fn read(parts: &Parts, service: &str, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return Err(Refusal::new(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ));
        };
        let text = value
            .to_str()
            .map_err(|_| incomplete("Authorization header is not readable text."))?;
        // The parser passes over a part with nothing in it, so that a header changed there would be let in.
        if text.split(',').any(|part| part.trim().is_empty()) {
            return Err(incomplete(&what_is_missing(text)));
        }
        let auth = parse_authorization_header(text).map_err(|_| incomplete(&what_is_missing(text)))?;
        let date = only_one(parts, &DATE)?.ok_or_else(|| {
            incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        })?;
        signed_as_needed(parts, &auth)?;
        scope_matches(&auth, service, date)?;
        in_time(date, now)?;
        let region = auth.region.parse().map_err(|_| {
            invalid(format!(
                "Credential should be scoped to a valid region, not '{}'. ",
                plain(&auth.region)
            ))
        })?;
        if parts.headers.contains_key(SESSION) {
            // No session was ever given out here, so the token is somebody else's.
            return Err(unknown_key());
        }
        Ok(Self {
            access_key_id: auth.access_key_id,
            region,
        })
    }
}

/// Checks the signature over this body with the tenant's secret.
pub fn verify(parts: &Parts, body: &[u8], tenant: &Tenant) -> Result<(), Refusal> {
    let hash = rustack_auth::hash_payload(body);
    match verify_sigv4(parts, &hash, &OneKey(tenant)) {
        Ok(_) => Ok(()),
        Err(AuthError::AccessKeyNotFound(_)) => Err(unknown_key()),
        Err(AuthError::MissingHeader(name)) => Err(invalid(format!(
            "The signed header '{}' is not in the request.",
            plain(&name)
        ))),
        Err(_) => Err(invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS \
             Secret Access Key and signing method. Consult the service documentation for details.",
        )),
    }
}

/// AWS's answer to an access key that nobody has.
pub fn unknown_key() -> Refusal {
    Refusal::new(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )
}

/// The one tenant a request claims to be from, as the verifier's key ring.
struct OneKey<'a>(&'a Tenant);

impl CredentialProvider for OneKey<'_> {
    fn get_secret_key(&self, access_key_id: &str) -> Result<String, AuthError> {
        if access_key_id == self.0.access_key_id {
            Ok(self.0.secret_access_key.expose_secret().to_owned())
        } else {
            Err(AuthError::AccessKeyNotFound(access_key_id.to_owned()))
        }
    }
}

fn incomplete(message: &str) -> Refusal {
    Refusal::new("IncompleteSignatureException", message)
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidSignatureException", message)
}

/// A caller's own text, cut and cleaned for an error message.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(64).collect()
}

fn what_is_missing(authorization: &str) -> String {
    let missing: Vec<String> = ["Credential", "Signature", "SignedHeaders"]
        .iter()
        .filter(|name| !authorization.contains(&format!("{name}=")))
        .map(|name| format!("Authorization header requires '{name}' parameter."))
        .collect();
    if missing.is_empty() {
        "The Authorization header is not one of AWS4-HMAC-SHA256 with the scope \
         access-key/date/region/service/aws4_request."
            .to_owned()
    } else {
        missing.join(" ")
    }
}

/// The header's value. Twice is refused: the signature would cover one and we might act on the other.
fn only_one<'a>(parts: &'a Parts, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = parts.headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(invalid(format!("The header '{name}' must not be given twice.")));
    }
    first
        .map(|v| {
            v.to_str()
                .map_err(|_| invalid(format!("The header '{name}' is not readable text.")))
        })
        .transpose()
}

fn signed_as_needed(parts: &Parts, auth: &ParsedAuth) -> Result<(), Refusal> {
    let signed = |name: &str| auth.signed_headers.iter().any(|h| h.eq_ignore_ascii_case(name));
    only_one(parts, &header::HOST)?;
    if !signed("host") {
        return Err(invalid(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    only_one(parts, &TARGET)?;
    only_one(parts, &header::CONTENT_TYPE)?;
    for (name, shown) in [(DATE, "X-Amz-Date"), (TARGET, "X-Amz-Target")] {
        if parts.headers.contains_key(&name) && !signed(name.as_str()) {
            return Err(invalid(format!(
                "'{shown}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    Ok(())
}

fn scope_matches(auth: &ParsedAuth, service: &str, date: &str) -> Result<(), Refusal> {
    let day = date.get(..8).unwrap_or_default();
    if auth.date != day {
        return Err(invalid(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{}' != '{}', from '{}'.",
            plain(&auth.date),
            plain(day),
            plain(date)
        )));
    }
    if auth.service != service {
        return Err(invalid(format!(
            "Credential should be scoped to correct service: '{service}'. "
        )));
    }
    Ok(())
}

fn in_time(date: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    let sent = NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ")
        .map_err(|_| {
            incomplete(&format!(
                "Date must be in ISO-8601 'basic format'. Got '{}'.",
                plain(date)
            ))
        })?
        .and_utc();
    let stamp = |t: DateTime<Utc>| t.format("%Y%m%dT%H%M%SZ").to_string();
    let (earliest, latest) = (now - CLOCK_SKEW, now + CLOCK_SKEW);
    if sent < earliest {
        return Err(invalid(format!(
            "Signature expired: {date} is now earlier than {} ({} - 5 min.)",
            stamp(earliest),
            stamp(now)
        )));
    }
    if sent > latest {
        return Err(invalid(format!(
            "Signature not yet current: {date} is still later than {} ({} + 5 min.)",
            stamp(latest),
            stamp(now)
        )));
    }
    Ok(())
}
