//! What a failed call to Discord means for what was to be delivered: the words of the posting protocol. The gate's
//! other modules make the answers that are read here.

use reqwest::StatusCode;
use serenity::Error;
use serenity::http::HttpError;

use super::answer::{CODE_NOT_SENT, CODE_UNKNOWN};

/// What is known after a call failed. (After a success there is nothing to ask.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Discord answered no, or would: it was not done, and the same again will be refused again.
    Refused {
        /// The HTTP status; 400 where serenity saw the fault before sending.
        status: u16,
        /// Discord's error code, e.g. 50013; 0 if it gave none.
        code: isize,
    },
    /// It was not done, and may be tried again later.
    NotSent,
    /// It may have been done: look before trying again.
    Unknown,
}

/// Reads serenity's error after a call through the gate.
pub fn classify(error: &Error) -> Delivery {
    match error {
        Error::Http(HttpError::UnsuccessfulRequest(response)) => {
            answered(response.status_code, response.error.code)
        }
        // The gate itself could not be reached, or the request could not be built.
        Error::Http(HttpError::Request(error)) if error.is_connect() || error.is_builder() => {
            Delivery::NotSent
        }
        // serenity checks lengths, counts and permissions before it sends, and complains in these.
        Error::Model(_) | Error::Http(HttpError::Url(_) | HttpError::InvalidHeader(_)) => Delivery::Refused {
            status: StatusCode::BAD_REQUEST.as_u16(),
            code: 0,
        },
        // Among these: an answer that could not be read, which may have been a success.
        _ => Delivery::Unknown,
    }
}

fn answered(status: StatusCode, code: isize) -> Delivery {
    match (status, code) {
        (_, CODE_UNKNOWN) => Delivery::Unknown,
        (_, CODE_NOT_SENT) | (StatusCode::TOO_MANY_REQUESTS, _) => Delivery::NotSent,
        (StatusCode::REQUEST_TIMEOUT, _) => Delivery::Unknown,
        // -1 is serenity's word for "no code".
        _ if status.is_client_error() => Delivery::Refused {
            status: status.as_u16(),
            code: code.max(0),
        },
        _ => Delivery::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_it_was_done() {
        for (status, code, expected) in [
            (
                400,
                50_035,
                Delivery::Refused {
                    status: 400,
                    code: 50_035,
                },
            ),
            (401, 0, Delivery::Refused { status: 401, code: 0 }),
            (
                403,
                50_013,
                Delivery::Refused {
                    status: 403,
                    code: 50_013,
                },
            ),
            (404, -1, Delivery::Refused { status: 404, code: 0 }),
            (408, -1, Delivery::Unknown),
            (429, 0, Delivery::NotSent),
            (500, 0, Delivery::Unknown),
            (502, CODE_NOT_SENT, Delivery::NotSent),
            (504, CODE_UNKNOWN, Delivery::Unknown),
        ] {
            assert_eq!(
                answered(StatusCode::from_u16(status).unwrap(), code),
                expected,
                "{status} {code}"
            );
        }
    }

    #[test]
    fn a_message_serenity_would_not_send_is_refused() {
        let too_long = Error::Model(serenity::model::ModelError::MessageTooLong(1));
        assert_eq!(classify(&too_long), Delivery::Refused { status: 400, code: 0 });
    }

    #[test]
    fn what_we_cannot_place_may_have_been_done() {
        assert_eq!(classify(&Error::Other("reset")), Delivery::Unknown);
        assert_eq!(
            classify(&Error::Io(std::io::ErrorKind::ConnectionReset.into())),
            Delivery::Unknown
        );
    }
}
