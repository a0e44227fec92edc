//! A message that is edited from the background for a while: a watch, a load. Whoever edits one is the only one who does,
//! so that an older state never overwrites a newer one.

use discord::gate::Causes;
use discord::{Card, Failure};
use serenity::model::id::{ChannelId, MessageId};

use crate::app::App;

/// Why a message was not edited.
#[derive(Debug)]
pub enum EditError {
    /// It is gone, or out of our reach.
    Lost,
    /// It may work later.
    Failed(Failure),
}

/// Puts this card in the place of what the message showed.
pub async fn edit(app: &App, channel_id: u64, message_id: u64, card: &Card) -> Result<(), EditError> {
    let (channel, message) = (ChannelId::new(channel_id), MessageId::new(message_id));
    let sent = app
        .http
        .edit_message(channel, message, &card.payload(), card.files())
        .await;
    match sent {
        // What Discord adds to a message beyond what serenity reads does not matter here.
        Ok(_) | Err(serenity::Error::Json(_)) => Ok(()),
        Err(serenity::Error::Http(error))
            if error
                .status_code()
                .is_some_and(|status| matches!(status.as_u16(), 403 | 404)) =>
        {
            tracing::info!(error = %Causes(&error), "a message to be edited is out of reach");
            Err(EditError::Lost)
        }
        Err(error) => Err(EditError::Failed(error.into())),
    }
}
