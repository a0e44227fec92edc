//! A small serenity bot that does each thing our bot relies on once, and a check that serenity
//! understood every event it was sent.

use std::sync::{Arc, Mutex, Once};

use serenity::{
    all::{
        AutoArchiveDuration, AutocompleteChoice, ButtonStyle, ChannelType, CommandDataOptionValue,
        CommandInteraction, CommandOptionType, CommandType, ComponentInteraction,
        ComponentInteractionDataKind, Context, CreateActionRow, CreateAttachment, CreateAutocompleteResponse,
        CreateButton, CreateCommand, CreateCommandOption, CreateInputText, CreateInteractionResponse,
        CreateInteractionResponseFollowup, CreateInteractionResponseMessage, CreateMessage, CreateModal,
        CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption, CreateThread,
        EditInteractionResponse, EventHandler, GatewayIntents, HttpBuilder, InputTextStyle, Interaction,
        Message, ModalInteraction, Ready, ResumedEvent, ShardManager,
    },
    async_trait,
};
use tokio::sync::watch;

use super::House;

/// What the bot has lived through, for tests to wait on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Life {
    pub ready: u32,
    pub resumed: u32,
    pub heard: Vec<String>,
}

pub struct Bot {
    pub life: watch::Receiver<Life>,
    manager: Arc<ShardManager>,
    unknown: Arc<Mutex<Vec<String>>>,
}

impl Bot {
    /// Connects to the house, and returns once the bot is ready and its commands are registered.
    pub async fn join(house: &House) -> Self {
        let unknown = unknown_events();
        let http = HttpBuilder::new("test")
            .proxy(&house.base)
            .ratelimiter_disabled(true)
            .build();
        let (life, living) = watch::channel(Life::default());
        let intents = GatewayIntents::non_privileged();
        let mut client = serenity::client::ClientBuilder::new_with_http(http, intents)
            .event_handler(Handler { life })
            .await
            .unwrap();
        let manager = client.shard_manager.clone();
        tokio::spawn(async move { client.start().await });
        let mut bot = Self {
            life: living,
            manager,
            unknown,
        };
        bot.until(|life| life.ready > 0).await;
        bot
    }

    pub async fn until(&mut self, reached: impl FnMut(&Life) -> bool) {
        self.life.wait_for(reached).await.expect("the bot stopped");
    }

    /// Leaves; fails where serenity met an event it could not read.
    pub async fn leave(self) {
        self.manager.shutdown_all().await;
        let unknown = self.unknown.lock().unwrap();
        assert!(unknown.is_empty(), "serenity could not read: {unknown:#?}");
    }
}

/// Collects what serenity logs about events it cannot read; one subscriber serves all tests of a file.
fn unknown_events() -> Arc<Mutex<Vec<String>>> {
    static SEEN: Mutex<Option<Arc<Mutex<Vec<String>>>>> = Mutex::new(None);
    static START: Once = Once::new();
    let seen = SEEN.lock().unwrap().get_or_insert_default().clone();
    let sink = seen.clone();
    START.call_once(move || {
        tracing_subscriber::fmt()
            .with_env_filter("serenity=debug")
            .with_ansi(false)
            .with_writer(move || Sink(sink.clone()))
            .init();
    });
    seen
}

struct Sink(Arc<Mutex<Vec<String>>>);

impl std::io::Write for Sink {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if text.contains("unknown event") || text.contains("Err deserializing") {
            self.0.lock().unwrap().push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Handler {
    life: watch::Sender<Life>,
}

#[async_trait]
impl EventHandler for Handler {
    async fn ready(&self, ctx: Context, ready: Ready) {
        assert_eq!(ready.guilds.len(), 1);
        serenity::all::Command::set_global_commands(&ctx.http, commands())
            .await
            .unwrap();
        self.life.send_modify(|life| life.ready += 1);
    }

    async fn resume(&self, _: Context, _: ResumedEvent) {
        self.life.send_modify(|life| life.resumed += 1);
    }

    async fn message(&self, _: Context, message: Message) {
        let heard = format!("{}: {}", message.author.name, message.content);
        self.life.send_modify(|life| life.heard.push(heard));
    }

    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        match interaction {
            Interaction::Command(command) => on_command(&ctx, &command).await,
            Interaction::Autocomplete(typing) => on_typing(&ctx, &typing).await,
            Interaction::Component(component) => on_component(&ctx, &component).await,
            Interaction::Modal(modal) => on_modal(&ctx, &modal).await,
            _ => {}
        }
    }
}

fn commands() -> Vec<CreateCommand> {
    let option = |kind, name: &str| CreateCommandOption::new(kind, name, "An option").required(true);
    vec![
        CreateCommand::new("hello")
            .description("Says hello")
            .add_option(option(CommandOptionType::String, "name").set_autocomplete(true))
            .add_option(option(CommandOptionType::User, "to").required(false))
            .add_option(option(CommandOptionType::Channel, "from").required(false))
            .add_option(option(CommandOptionType::Role, "as").required(false)),
        CreateCommand::new("slow").description("Takes its time"),
        CreateCommand::new("silent").description("Never answers"),
        CreateCommand::new("talk").description("Opens a thread for you"),
        CreateCommand::new("show")
            .description("Shows a file")
            .add_option(option(CommandOptionType::Attachment, "file")),
        CreateCommand::new("manage")
            .description("For moderators")
            .default_member_permissions(serenity::all::Permissions::MANAGE_GUILD),
        CreateCommand::new("Quote").kind(CommandType::Message),
        CreateCommand::new("Greet").kind(CommandType::User),
    ]
}

fn said(content: impl Into<String>) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new().content(content)
}

async fn on_command(ctx: &Context, command: &CommandInteraction) {
    let answer = match command.data.name.as_str() {
        "hello" => CreateInteractionResponse::Message(hello(command)),
        "slow" => return slow(ctx, command).await,
        "talk" => return talk(ctx, command).await,
        "show" => CreateInteractionResponse::Message(show(command).await),
        "manage" => CreateInteractionResponse::Message(said("managed").ephemeral(true)),
        "Quote" => {
            let quoted = command.data.resolved.messages.values().next().unwrap();
            CreateInteractionResponse::Message(said(format!("> {}", quoted.content)).ephemeral(true))
        }
        "Greet" => {
            let target = command.data.resolved.users.values().next().unwrap();
            assert_eq!(command.data.target_id.unwrap().get(), target.id.get());
            CreateInteractionResponse::Message(said(format!("Hi {}", target.name)))
        }
        _ => return,
    };
    command.create_response(&ctx.http, answer).await.unwrap();
}

fn hello(command: &CommandInteraction) -> CreateInteractionResponseMessage {
    let resolved = &command.data.resolved;
    let mut words = vec!["Hello".to_owned()];
    for option in &command.data.options {
        words.push(match &option.value {
            CommandDataOptionValue::String(name) => name.clone(),
            CommandDataOptionValue::User(id) => {
                assert!(resolved.members.contains_key(id));
                format!("to {}", resolved.users[id].name)
            }
            CommandDataOptionValue::Channel(id) => {
                format!("from {}", resolved.channels[id].name.as_deref().unwrap())
            }
            CommandDataOptionValue::Role(id) => format!("as {}", resolved.roles[id].name),
            other => panic!("unexpected {other:?}"),
        });
    }
    let options = ["red", "green"]
        .map(|colour| CreateSelectMenuOption::new(colour.to_uppercase(), colour))
        .to_vec();
    said(words.join(" ")).components(vec![
        CreateActionRow::Buttons(vec![
            CreateButton::new("again").label("Again"),
            CreateButton::new("form")
                .label("Form")
                .style(ButtonStyle::Success),
            CreateButton::new("never").label("Never").disabled(true),
            CreateButton::new_link("https://example.com").label("Book"),
        ]),
        CreateActionRow::SelectMenu(CreateSelectMenu::new(
            "colour",
            CreateSelectMenuKind::String { options },
        )),
    ])
}

async fn slow(ctx: &Context, command: &CommandInteraction) {
    command.defer_ephemeral(&ctx.http).await.unwrap();
    command
        .edit_response(&ctx.http, EditInteractionResponse::new().content("done"))
        .await
        .unwrap();
    let more = CreateInteractionResponseFollowup::new().content("and more");
    command.create_followup(&ctx.http, more).await.unwrap();
}

async fn talk(ctx: &Context, command: &CommandInteraction) {
    command.defer_ephemeral(&ctx.http).await.unwrap();
    let thread = CreateThread::new("quiz-ana")
        .kind(ChannelType::PrivateThread)
        .invitable(false)
        .auto_archive_duration(AutoArchiveDuration::OneDay);
    let thread = command.channel_id.create_thread(&ctx.http, thread).await.unwrap();
    thread
        .id
        .add_thread_member(&ctx.http, command.user.id)
        .await
        .unwrap();
    thread
        .id
        .send_message(&ctx.http, CreateMessage::new().content("Question 1"))
        .await
        .unwrap();
    let link = EditInteractionResponse::new().content(format!("<#{}>", thread.id));
    command.edit_response(&ctx.http, link).await.unwrap();
}

async fn show(command: &CommandInteraction) -> CreateInteractionResponseMessage {
    let given = command.data.resolved.attachments.values().next().unwrap();
    let bytes = reqwest::get(&given.url).await.unwrap().bytes().await.unwrap();
    assert_eq!((given.width, given.height), (Some(1), Some(1)));
    let file = CreateAttachment::bytes(bytes.to_vec(), "back.png").description("the same pixel");
    said("Here").add_file(file)
}

async fn on_typing(ctx: &Context, typing: &CommandInteraction) {
    let typed = typing.data.autocomplete().unwrap().value.to_owned();
    let choices = vec![AutocompleteChoice::new(format!("{typed}!"), typed)];
    let answer = CreateAutocompleteResponse::new().set_choices(choices);
    typing
        .create_response(&ctx.http, CreateInteractionResponse::Autocomplete(answer))
        .await
        .unwrap();
}

async fn on_component(ctx: &Context, component: &ComponentInteraction) {
    let answer = match component.data.custom_id.as_str() {
        "again" => {
            CreateInteractionResponse::UpdateMessage(said(format!("{} again", component.message.content)))
        }
        "form" => {
            let input = CreateInputText::new(InputTextStyle::Paragraph, "Why?", "why").min_length(3);
            let form =
                CreateModal::new("explain", "Explain").components(vec![CreateActionRow::InputText(input)]);
            CreateInteractionResponse::Modal(form)
        }
        "colour" => {
            let ComponentInteractionDataKind::StringSelect { values } = &component.data.kind else {
                panic!()
            };
            CreateInteractionResponse::Message(said(values.join(",")).ephemeral(true))
        }
        _ => return,
    };
    component.create_response(&ctx.http, answer).await.unwrap();
}

async fn on_modal(ctx: &Context, modal: &ModalInteraction) {
    let serenity::all::ActionRowComponent::InputText(input) = &modal.data.components[0].components[0] else {
        panic!()
    };
    let words = format!("because {}", input.value.as_deref().unwrap());
    let answer = CreateInteractionResponse::Message(said(words).ephemeral(true));
    modal.create_response(&ctx.http, answer).await.unwrap();
}
