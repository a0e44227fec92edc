// A small discord.js bot that does each thing once, the same as ../py/bot.py; ../story.py plays the people.
// Run: DISCORD_API_BASE=http://127.0.0.1:8080 node bot.js

import {
  ActionRowBuilder, ApplicationCommandOptionType, ApplicationCommandType, ButtonBuilder, ButtonStyle,
  ChannelType, Client, ComponentType, Events, GatewayIntentBits, GuildScheduledEventEntityType,
  GuildScheduledEventPrivacyLevel, MessageFlags, ModalBuilder, Partials, StringSelectMenuBuilder, TextInputBuilder,
  TextInputStyle, UserSelectMenuBuilder,
} from "discord.js";

const ANIMALS = ["otter", "owl", "ox"];
const { Attachment, String: Text } = ApplicationCommandOptionType;

const commands = [
  {
    name: "greet", description: "Greets an animal.",
    options: [
      { type: Text, name: "animal", description: "Which one", required: true, autocomplete: true },
      { type: Text, name: "tone", description: "How", choices: [{ name: "Loudly", value: "loud" }] },
    ],
  },
  { name: "panel", description: "A button and selects." },
  { name: "form", description: "A form to fill in." },
  { name: "slow", description: "Thinks, and answers later." },
  { name: "threads", description: "Opens threads of each kind, and wakes one." },
  {
    name: "copy", description: "Sends a file back in capitals.",
    options: [{ type: Attachment, name: "file", description: "A text", required: true }],
  },
  { name: "whisper", description: "Writes to you directly." },
  { name: "react", description: "Reacts to its own message." },
  { name: "forum", description: "Opens a forum with a post." },
  { name: "poll", description: "Asks everybody." },
  { name: "event", description: "Plans a meeting." },
  { name: "Tally", type: ApplicationCommandType.Message },
  { name: "Shout", type: ApplicationCommandType.Message },
  { name: "Who", type: ApplicationCommandType.User },
];

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.GuildMessageReactions,
    GatewayIntentBits.DirectMessages, GatewayIntentBits.GuildScheduledEvents, GatewayIntentBits.GuildMessagePolls,
  ],
  partials: [Partials.Channel],
  rest: { api: `${process.env.DISCORD_API_BASE}/api` },
});

const row = (...parts) => new ActionRowBuilder().addComponents(...parts);
const secretly = (content) => ({ content, flags: MessageFlags.Ephemeral });

const answers = {
  async greet(command) {
    const words = `Hello ${command.options.getString("animal")}`;
    await command.reply(command.options.getString("tone") === "loud" ? `${words.toUpperCase()}!` : words);
  },
  async panel(command) {
    const button = new ButtonBuilder().setCustomId("count:0").setLabel("Count").setStyle(ButtonStyle.Primary);
    const animals = new StringSelectMenuBuilder().setCustomId("animals").setMaxValues(2)
      .addOptions(ANIMALS.map((animal) => ({ label: animal, value: animal })));
    const people = new UserSelectMenuBuilder().setCustomId("people");
    await command.reply({ content: "Pressed 0 times", components: [row(button), row(animals), row(people)] });
  },
  async form(command) {
    const note = new TextInputBuilder().setCustomId("note").setLabel("Your note").setStyle(TextInputStyle.Paragraph);
    await command.showModal(new ModalBuilder().setCustomId("form").setTitle("A note").addComponents(row(note)));
  },
  async slow(command) {
    await command.deferReply();
    await command.editReply("Thought it over");
    await command.followUp(secretly("Between us"));
  },
  async threads(command) {
    await command.deferReply();
    const open = await command.channel.threads.create({ name: "open", type: ChannelType.PublicThread });
    await open.send("in the open");
    const start = await command.channel.send("Start here");
    const from = await start.startThread({ name: "from a message", autoArchiveDuration: 1440 });
    await from.send("below it");
    const kind = { type: ChannelType.PrivateThread, invitable: false };
    const secret = await command.channel.threads.create({ name: "secret", ...kind });
    await secret.members.add(command.user);
    await secret.send("just us");
    await open.setArchived(true);
    const { threads } = await command.channel.threads.fetchArchived();
    const found = threads.find((thread) => thread.id === open.id);
    await found.setArchived(false);
    await found.send("awake again");
    await command.editReply(`Opened ${open} ${from} ${secret}`);
  },
  async copy(command) {
    const file = command.options.getAttachment("file");
    const text = await (await fetch(file.url)).text();
    const capitals = Buffer.from(text.toUpperCase());
    const back = { attachment: capitals, name: `copy-of-${file.name}`, description: "In capitals" };
    await command.reply({ files: [back] });
  },
  async whisper(command) {
    await command.user.send("In private");
    await command.reply(secretly("Look at your messages"));
  },
  async react(command) {
    await command.reply("React to me");
    const message = await command.fetchReply();
    await message.react("👍");
    const fresh = await message.fetch();
    await command.followUp(`I see ${fresh.reactions.cache.get("👍").count} 👍`);
    await message.reactions.cache.get("👍").users.remove(client.user);
  },
  async forum(command) {
    const forum = await command.guild.channels.create({
      name: "help", type: ChannelType.GuildForum, availableTags: [{ name: "question" }],
    });
    const [tag] = forum.availableTags;
    const post = await forum.threads.create({ name: "First", message: { content: "Ask here" }, appliedTags: [tag.id] });
    await post.send("Anything");
    await command.reply(`Tagged ${tag.name}: ${post}`);
  },
  async poll(command) {
    const answers = [{ text: "tea", emoji: "🍵" }, { text: "coffee" }];
    const poll = { question: { text: "What to drink?" }, answers, duration: 1, allowMultiselect: false };
    await command.reply({ poll });
  },
  async event(command) {
    const inHours = (hours) => new Date(Date.now() + hours * 3_600_000);
    const made = await command.guild.scheduledEvents.create({
      name: "Meeting", entityType: GuildScheduledEventEntityType.External, entityMetadata: { location: "The lab" },
      privacyLevel: GuildScheduledEventPrivacyLevel.GuildOnly,
      scheduledStartTime: inHours(24), scheduledEndTime: inHours(25),
    });
    await command.reply(`${made.name} at ${made.entityMetadata.location}`);
  },
  async Tally(command) {
    const { poll } = await command.targetMessage.poll.end();
    await command.reply(poll.answers.map((answer) => `${answer.text} ${answer.voteCount}`).join(", "));
  },
  async Shout(command) {
    await command.reply(command.targetMessage.content.toUpperCase());
  },
  async Who(command) {
    const since = command.targetMember.joinedAt.getFullYear();
    await command.reply(secretly(`That is ${command.targetUser.username}, here since ${since}`));
  },
};

async function component(press) {
  if (press.componentType === ComponentType.Button) {
    const count = Number(press.customId.split(":")[1]) + 1;
    const rows = press.message.components.map((old) => old.toJSON());
    rows[0].components[0].custom_id = `count:${count}`;
    await press.update({ content: `Pressed ${count} times`, components: rows });
  } else if (press.componentType === ComponentType.UserSelect) {
    await press.reply(secretly(`You chose ${press.users.map((user) => user.username).join(" and ")}`));
  } else {
    await press.reply(secretly(`You chose ${press.values.join(" and ")}`));
  }
}

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isAutocomplete()) {
    const start = interaction.options.getFocused();
    const fitting = ANIMALS.filter((animal) => animal.startsWith(start));
    await interaction.respond(fitting.map((animal) => ({ name: `The ${animal}`, value: animal })));
  } else if (interaction.isCommand()) {
    await answers[interaction.commandName](interaction);
  } else if (interaction.isMessageComponent()) {
    await component(interaction);
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(secretly(`Noted: ${interaction.fields.getTextInputValue("note")}`));
  }
});

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot || !message.channel.isDMBased()) return;
  await message.reply(`You said ${message.content}`);
});

client.on(Events.MessageReactionAdd, async (reaction, user) => {
  if (!user.bot) await reaction.message.channel.send(`${reaction.emoji.name} from ${user.username}`);
});

client.once(Events.ClientReady, () => client.application.commands.set(commands));
// What is not understood ends the bot, and with it the story.
process.on("unhandledRejection", (error) => { console.error(error); process.exit(1); });
client.on(Events.Error, (error) => { throw error; });
client.login("playground");
