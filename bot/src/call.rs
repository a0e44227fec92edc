//! One interaction, whatever it came from: who asked, where, and the way to answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use discord::{Failure, Origin, Responder, mistake, text};
use serenity::model::Permissions;
use serenity::model::application::{
    CommandInteraction, ComponentInteraction, ComponentInteractionDataKind, ModalInteraction,
};
use serenity::model::channel::{ChannelType, PartialChannel};
use serenity::model::guild::Member;
use serenity::model::id::{ChannelId, GuildId};

use crate::app::App;

/// What poise hands to a command.
pub type Context<'a> = poise::ApplicationContext<'a, Arc<App>, Failure>;

/// One interaction. Cheap to keep; everything a feature decides on is in it or in the database.
pub struct Call {
    /// What every feature may use.
    pub app: Arc<App>,
    /// The way to answer.
    pub to: Arc<Responder>,
    /// The interaction's id: a write that must happen once is begun with it.
    pub id: u64,
    /// Where.
    pub guild_id: u64,
    /// The channel or thread.
    pub channel_id: u64,
    /// The channel that a thread belongs to.
    pub parent_id: Option<u64>,
    /// What the channel or thread is called; empty where Discord does not say.
    pub channel_name: String,
    /// Whether this is a thread that only a few see.
    pub in_private_thread: bool,
    /// Who.
    pub member_id: u64,
    /// What the member is called in this guild.
    pub name: String,
    /// The member's roles.
    pub roles: Vec<u64>,
    /// What the member may do in this channel.
    pub permissions: Permissions,
    /// The message that a button or select is on.
    pub message_id: Option<u64>,
}

/// What came with a button, a select or a modal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A button, or a select with what was chosen.
    Press(Vec<String>),
    /// A modal, with its fields by name.
    Submit(BTreeMap<String, String>),
}

impl Input {
    /// What was chosen in a select; empty for a button.
    pub fn chosen(&self) -> &[String] {
        match self {
            Self::Press(values) => values,
            Self::Submit(_) => &[],
        }
    }

    /// A modal's field; empty where it was left out.
    pub fn field(&self, name: &str) -> &str {
        match self {
            Self::Submit(fields) => fields.get(name).map_or("", String::as_str),
            Self::Press(_) => "",
        }
    }
}

impl Call {
    /// The call behind a command, made once before the command runs.
    pub async fn of(ctx: Context<'_>) -> Result<Arc<Self>, Failure> {
        let call = poise::Context::Application(ctx)
            .invocation_data::<Arc<Self>>()
            .await
            .map(|call| Arc::clone(&call));
        call.ok_or_else(|| mistake("Tributary's commands work in a server, not in direct messages. Open your server and try there."))
    }

    pub(crate) fn from_command(app: &Arc<App>, command: &CommandInteraction) -> Option<Self> {
        let arrival = Arrival {
            id: command.id.get(),
            token: &command.token,
            origin: Origin::Command,
            guild_id: command.guild_id,
            channel: command.channel.as_ref(),
            channel_id: command.channel_id.get(),
            member: command.member.as_deref(),
            message_id: None,
        };
        arrival.call(app)
    }

    pub(crate) fn from_component(app: &Arc<App>, press: &ComponentInteraction) -> Option<Self> {
        let arrival = Arrival {
            id: press.id.get(),
            token: &press.token,
            origin: Origin::Component,
            guild_id: press.guild_id,
            channel: press.channel.as_ref(),
            channel_id: press.channel_id.get(),
            member: press.member.as_ref(),
            message_id: Some(press.message.id.get()),
        };
        arrival.call(app)
    }

    pub(crate) fn from_modal(app: &Arc<App>, modal: &ModalInteraction) -> Option<Self> {
        let arrival = Arrival {
            id: modal.id.get(),
            token: &modal.token,
            origin: Origin::Modal {
                on_message: modal.message.is_some(),
            },
            guild_id: modal.guild_id,
            channel: modal.channel.as_ref(),
            channel_id: modal.channel_id.get(),
            member: modal.member.as_ref(),
            message_id: modal.message.as_ref().map(|message| message.id.get()),
        };
        arrival.call(app)
    }

    /// The channel, or the one that this thread belongs to.
    pub fn home_channel(&self) -> u64 {
        self.parent_id.unwrap_or(self.channel_id)
    }

    /// Refuses what was begun before, in this life of the process or an earlier one; `instead` says what shows the state.
    /// For what is no part of our database: it is claimed first, so one that died in between is not done, and was not
    /// answered either.
    pub async fn once(&self, instead: &str) -> Result<(), Failure> {
        match self
            .app
            .store
            .begin_once(self.id, crate::clock::real_ms())
            .await?
        {
            Some(tx) => Ok(tx.commit().await?),
            None => Err(mistake(format!(
                "Discord sent me this command twice, so I did it once at most. {instead}"
            ))),
        }
    }

    /// Whether the member manages this server: may create cohorts and act on all of them.
    pub fn manages_guild(&self) -> bool {
        self.permissions.contains(Permissions::MANAGE_GUILD)
            || self.permissions.contains(Permissions::ADMINISTRATOR)
    }
}

/// What the three kinds of interaction have in common.
struct Arrival<'a> {
    id: u64,
    token: &'a str,
    origin: Origin,
    guild_id: Option<GuildId>,
    channel: Option<&'a PartialChannel>,
    channel_id: u64,
    member: Option<&'a Member>,
    message_id: Option<u64>,
}

impl Arrival<'_> {
    /// Begins to answer; `None` outside a guild, where nothing of ours works.
    fn call(self, app: &Arc<App>) -> Option<Call> {
        let (guild_id, member) = (self.guild_id?.get(), self.member?);
        let thread = self.channel.filter(|channel| is_thread(channel));
        let name = self.channel.and_then(|channel| channel.name.as_deref());
        Some(Call {
            app: Arc::clone(app),
            to: Responder::begin(
                Arc::clone(&app.http),
                app.gate.clone(),
                self.id,
                self.token.to_owned(),
                self.origin,
            ),
            id: self.id,
            guild_id,
            channel_id: self.channel_id,
            parent_id: thread.and_then(|thread| thread.parent_id).map(ChannelId::get),
            channel_name: text::clean(name.unwrap_or_default()),
            in_private_thread: thread.is_some_and(|thread| thread.kind == ChannelType::PrivateThread),
            member_id: member.user.id.get(),
            name: text::clean(member.display_name()),
            roles: member.roles.iter().map(|role| role.get()).collect(),
            permissions: member.permissions.unwrap_or_else(Permissions::empty),
            message_id: self.message_id,
        })
    }
}

fn is_thread(channel: &PartialChannel) -> bool {
    matches!(
        channel.kind,
        ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread
    )
}

/// What was chosen, or typed.
pub(crate) fn pressed(kind: &ComponentInteractionDataKind) -> Input {
    match kind {
        ComponentInteractionDataKind::StringSelect { values } => Input::Press(values.clone()),
        _ => Input::Press(Vec::new()),
    }
}

/// A modal's fields by name, without what can't be stored.
pub(crate) fn submitted(modal: &ModalInteraction) -> Input {
    use serenity::model::application::ActionRowComponent;
    let fields = modal
        .data
        .components
        .iter()
        .flat_map(|row| &row.components)
        .filter_map(|component| match component {
            ActionRowComponent::InputText(input) => {
                let typed = input.value.as_deref().unwrap_or_default();
                Some((input.custom_id.clone(), text::clean(typed)))
            }
            _ => None,
        });
    Input::Submit(fields.collect())
}
