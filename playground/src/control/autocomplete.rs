//! The act of typing: asking the bot to complete an option.

use std::collections::HashMap;

use super::{
    act::{Begun, command_data},
    lookup::{Names, Refused},
    send::{Deed, send},
};
use crate::{
    id::Id,
    slash,
    world::{Change, Channel},
};

const AUTOCOMPLETE: u8 = 4;

pub fn begin(change: &mut Change<'_>, person: Id, channel: Channel, text: &str) -> Result<Begun, Refused> {
    let commands = change.commands_for(1, person, &channel);
    let files = HashMap::new();
    let names = Names {
        world: change,
        person,
        channel: &channel,
        files: &files,
    };
    let parsed = slash::parse_partial(text, &commands, &names).map_err(|why| Refused(why.to_string()))?;
    let data = command_data(&commands, &parsed);
    let id = channel.id;
    let deed = Deed {
        kind: AUTOCOMPLETE,
        person,
        channel,
        name: parsed.name,
        data,
        source: None,
        modal: None,
    };
    Ok(Begun {
        person,
        channel: id,
        interaction: Some(send(change, deed)),
        said: None,
    })
}
