//! The toolkit under the features: the REST gate, cards, replies, errors in words, routes in custom ids, safe text.
//! Knows no feature, no database and no clock but real time: what Discord measures in seconds, it measures so.

mod card;
mod failure;
pub mod gate;
mod respond;
mod route;
pub mod text;
mod trail;

pub use card::{Attached, Button, Card, Field, Form, Input, InputStyle, Pick, Picture, Row, Style, Tone};
pub use failure::{Failure, mistake};
pub use respond::{Origin, Responder, Visibility};
pub use route::{Route, RouteError};
pub use trail::{End, Trail};
