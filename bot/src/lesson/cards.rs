//! What lessons look like: the channel's post, a page, the list, the paths, where you stand.

use chrono::NaiveDate;
use discord::{Button, Card, Failure, Pick, Route, Style, Tone, text};
use lessons::{Lesson, Module, Page, path_progress};
use sandbox::exercises::Exercises;

use super::{Reader, lesson_of};
use crate::app::App;
use crate::call::Call;
use crate::progress::{self, Window};

/// Room for a page's text under its heading, within an embed's 4,096 characters.
pub const PAGE: usize = 3_800;

/// The route to a module's page, for its reader alone.
pub fn page_route(member_id: u64, module: &Module, page: usize) -> Route {
    Route::new("lesson", "page")
        .owned_by(member_id)
        .arg(&module.id)
        .arg(page)
}

/// The route that opens a module for whoever takes it.
pub fn open_route(module: &Module) -> Route {
    Route::new("lesson", "open").arg(&module.id)
}

/// The route to a module's quiz.
pub fn quiz_route(module: &Module) -> Route {
    Route::new("quiz", "start").arg(&module.id)
}

/// The route to a module's exercise.
fn exercise_route(module: &Module) -> Route {
    Route::new("exercise", "show").arg(&module.id)
}

/// A cohort's post: each lesson's opening, and for each module Start, Quiz and Done. `mark` is the post's own id: by it
/// the post is found again when Discord's answer was lost.
pub fn post(app: &App, modules: &[&Module], note: Option<&str>, mark: &str) -> Result<Card, Failure> {
    let lessons = modules
        .iter()
        .map(|module| Ok((*module, lesson_of(app, module)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    Ok(post_of(&lessons, &app.exercises, note, mark))
}

/// The same for lessons at hand.
pub fn post_of(
    lessons: &[(&Module, &Lesson)],
    exercises: &Exercises,
    note: Option<&str>,
    mark: &str,
) -> Card {
    let several = lessons.len() > 1;
    let mut body = String::new();
    let mut card = Card::default();
    for (module, lesson) in lessons {
        if several {
            body.extend(["## ", module.id.as_str(), " · ", &lesson.title, "\n"]);
        }
        body.push_str(&lesson.opening);
        body.push_str("\n\n");
        let name = |what: &str| {
            if several {
                format!("{what} {}", module.id)
            } else {
                what.to_owned()
            }
        };
        let marked = |route: Route| route.arg(mark);
        let mut buttons = vec![
            Button::new(name("Start"), Style::Primary, &marked(open_route(module))),
            Button::new(name("Quiz"), Style::Secondary, &marked(quiz_route(module))),
            Button::new(
                name("Done"),
                Style::Success,
                &marked(Route::new("lesson", "done").arg(&module.id)),
            ),
        ];
        if exercises.of_module(module.id.as_str()).is_some() {
            let route = marked(exercise_route(module));
            buttons.push(Button::new(name("Exercise"), Style::Secondary, &route));
        }
        card = card.buttons(buttons);
    }
    let minutes: u32 = lessons.iter().map(|(module, _)| module.minutes).sum();
    card.title = Some(match lessons {
        [(only, _)] => format!("{} · {}", only.id, only.title),
        _ => "Today's modules".to_owned(),
    });
    card.body = Some(body.trim_end().to_owned());
    card.text = note.map(str::to_owned);
    card.footer(format!("About {minutes} minutes · talk about it in the thread"))
}

/// One page of a lesson, for its reader.
pub fn page(
    call: &Call,
    reader: &Reader<'_>,
    module: &Module,
    wanted: usize,
) -> Result<(Card, usize), Failure> {
    let lesson = lesson_of(&call.app, module)?;
    let pages = lesson.pages(PAGE);
    let at = wanted.min(pages.len().saturating_sub(1));
    let read = reader.standing.read.contains(&module.id);
    let passed = reader.standing.passed.contains(&module.id);
    let marks = Marks {
        read,
        passed,
        exercise: call.app.exercises.of_module(module.id.as_str()).is_some(),
    };
    match page_of(call.member_id, module, &pages, at, marks) {
        Some(card) => Ok((reader.about(card), at)),
        None => Err(discord::mistake(format!("{} has no pages yet.", module.id))),
    }
}

/// What a page shows besides its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    /// The member has read the lesson.
    pub read: bool,
    /// The member has passed the quiz.
    pub passed: bool,
    /// The module has an exercise.
    pub exercise: bool,
}

/// The page at `at` among these, as a member sees it; `None` if there is no such page.
pub fn page_of(member_id: u64, module: &Module, pages: &[Page<'_>], at: usize, marks: Marks) -> Option<Card> {
    let Marks {
        read,
        passed,
        exercise,
    } = marks;
    let page = pages.get(at)?;
    let last = pages.len().saturating_sub(1);
    let to = |page: usize| page_route(member_id, module, page);
    let done = Route::new("lesson", "done")
        .owned_by(member_id)
        .arg(&module.id)
        .arg(at);
    // The way on is the one that stands out: to the next page, and from the last to the quiz.
    let prominent = |it: bool| if it { Style::Primary } else { Style::Secondary };
    let mut buttons = vec![
        Button::new("Previous", Style::Secondary, &to(at.saturating_sub(1))).enabled(at > 0),
        Button::new("Next", prominent(at < last), &to(at + 1)).enabled(at < last),
        Button::new("Done", Style::Success, &done).enabled(!read),
        Button::new("Quiz", prominent(at == last), &quiz_route(module)),
    ];
    if exercise {
        buttons.push(Button::new("Exercise", Style::Secondary, &exercise_route(module)));
    }
    let state = match (passed, read) {
        (true, _) => " · passed",
        (false, true) => " · read",
        _ => "",
    };
    let card = Card::framed(format!("{} · {}", module.id, module.title), page_body(page))
        .footer(format!("Page {} of {}{state}", at + 1, pages.len()))
        .buttons(buttons);
    Some(card)
}

/// A page's text under its heading, as Discord shows it.
pub(crate) fn page_body(page: &Page<'_>) -> String {
    match page.role {
        None => page.body.clone(),
        Some(_) if page.parts > 1 => {
            format!(
                "### {} ({} of {})\n{}",
                page.heading, page.part, page.parts, page.body
            )
        }
        Some(_) => format!("### {}\n{}", page.heading, page.body),
    }
}

/// After Done.
pub fn done(module: &Module, points: i64) -> Card {
    let body = if points > 0 {
        format!(
            "**{} · {}** is marked as read: +{points} points. Ready to see what stuck?",
            module.id, module.title
        )
    } else {
        format!(
            "**{} · {}** was marked as read before. Ready to see what stuck?",
            module.id, module.title
        )
    };
    Card {
        body: Some(body),
        ..Card::default()
    }
    .tone(Tone::Good)
    .footer("Changed your mind? `/lesson undo` takes it back.")
    .buttons(vec![Button::new("Quiz", Style::Primary, &quiz_route(module))])
}

/// After undo.
pub fn undone(module: &Module, points: i64) -> Card {
    if points == 0 {
        return Card::words(format!(
            "{} · {} was not marked as read, so nothing changed.",
            module.id, module.title
        ));
    }
    Card::words(format!(
        "{} · {} is no longer marked as read ({points} points). What you passed stays passed.",
        module.id, module.title
    ))
}

/// Nothing is left to read now.
pub fn nothing_next(reader: &Reader<'_>) -> Card {
    let progress = path_progress(reader.track, reader.path, &reader.standing.complete());
    if progress.is_finished() {
        return Card::framed(
            "You have completed the path",
            format!(
                "All {} modules of **{}**. Well done, really. `/progress` shows what you did.",
                progress.total, reader.path.title
            ),
        )
        .tone(Tone::Good);
    }
    Card::framed(
        "You are ahead of us",
        format!(
            "You have completed every module of **{}** that is written: {} of {}. The next ones will be posted as soon as \
             they are ready. Meanwhile, `/lesson list` lets you read again.",
            reader.path.title, progress.complete, progress.total
        ),
    )
    .tone(Tone::Good)
}

/// Every module of the path and where the member stands on it, with a select to open one.
pub fn list(call: &Call, reader: &Reader<'_>) -> Card {
    let next = reader.next().map(|module| &module.id);
    let mut lines = Vec::new();
    let mut options = Vec::new();
    for group in &reader.track.groups {
        let modules: Vec<&Module> = reader
            .track
            .on_path(reader.path)
            .filter(|module| group.modules.contains(&module.id))
            .collect();
        if modules.is_empty() {
            continue;
        }
        lines.push(format!("**{}**", group.title));
        for module in modules {
            lines.push(format!(
                "{} {} · {}{}",
                glyph(reader, module),
                module.id,
                module.title,
                hint(reader, module, next)
            ));
            if module.is_ready() {
                options.push((
                    module.id.to_string(),
                    format!("{} · {}", module.id, module.title),
                    module.goals.first().cloned(),
                ));
            }
        }
    }
    let card = Card::framed(
        format!("{} · {}", reader.track.title, reader.path.title),
        lines.join("\n"),
    )
    .footer("✅ passed · ☑️ provisional · 📖 read · 📄 to read · ✏️ being written");
    if options.is_empty() {
        return card;
    }
    let card = card.select(Pick {
        id: Route::new("lesson", "pick").owned_by(call.member_id).id(),
        prompt: "Open a lesson".to_owned(),
        options,
        min: 1,
        max: 1,
    });
    reader.about(card)
}

fn glyph(reader: &Reader<'_>, module: &Module) -> &'static str {
    let standing = &reader.standing;
    if standing.passed.contains(&module.id) {
        "✅"
    } else if standing.provisional.contains(&module.id) {
        "☑️"
    } else if !module.is_ready() {
        "✏️"
    } else if standing.read.contains(&module.id) {
        "📖"
    } else {
        "📄"
    }
}

fn hint(reader: &Reader<'_>, module: &Module, next: Option<&lessons::ModuleId>) -> String {
    if next == Some(&module.id) {
        return " ← next".to_owned();
    }
    if reader.standing.complete().contains(&module.id) || !module.is_ready() {
        return String::new();
    }
    let missing: Vec<&str> = reader
        .missing(module)
        .iter()
        .map(|module| module.id.as_str())
        .collect();
    if missing.is_empty() {
        String::new()
    } else {
        format!(" (quiz opens after {})", text::listed(&missing))
    }
}

/// The paths of the track, with the member's own marked.
pub fn paths(reader: &Reader<'_>) -> Card {
    let mut card = Card::framed(
        format!("Paths through {}", reader.track.title),
        "A path is a selection of the modules. Switch any time with `/lesson path name:…`; what you passed stays passed.",
    );
    for path in &reader.track.paths {
        let yours = if path.id == reader.path.id {
            " ← yours"
        } else {
            ""
        };
        let modules: Vec<&str> = path.modules.iter().map(lessons::ModuleId::as_str).collect();
        card = card.field(
            format!("{} (`{}`){yours}", path.title, path.id),
            format!("{}\n{}", path.note, modules.join(" ")),
        );
    }
    card
}

/// The path was changed.
pub fn path_chosen(reader: &Reader<'_>) -> Card {
    let next = match reader.next() {
        Some(module) => format!("Next for you: **{} · {}**.", module.id, module.title),
        None => "You have completed everything on it that is written.".to_owned(),
    };
    let buttons = reader
        .next()
        .map(|module| vec![Button::new("Continue", Style::Primary, &open_route(module))])
        .unwrap_or_default();
    Card::framed(
        format!("You follow {} now", reader.path.title),
        format!("{}\n{next}", reader.path.note),
    )
    .buttons(buttons)
}

/// Where the member stands, in two lines.
pub async fn two_lines(call: &Call, reader: &Reader<'_>, today: NaiveDate) -> Result<String, Failure> {
    let cohort = &reader.membership.cohort;
    let progress = path_progress(reader.track, reader.path, &reader.standing.complete());
    let points = progress::points(&call.app.store, &cohort.id, Window::AllTime, call.member_id).await?;
    let since = today.checked_sub_days(chrono::Days::new(400)).unwrap_or(today);
    let days = progress::active_days(&call.app.store, &cohort.id, call.member_id, since).await?;
    let streak = progress::streak(&days, today);
    let streak = match streak {
        0 => String::new(),
        days => format!(" · {} in a row", text::count(i64::from(days), "day", "days")),
    };
    let first = format!(
        "**{}** · {} of {} modules · {}{streak}",
        text::escape(&cohort.name),
        progress.complete,
        progress.total,
        text::count(points, "point", "points")
    );
    let second = match reader.next() {
        Some(module) if reader.standing.read.contains(&module.id) => {
            format!(
                "You have read {} · {}; its quiz is waiting.",
                module.id, module.title
            )
        }
        Some(module) => format!(
            "Next: {} · {}, about {} minutes.",
            module.id, module.title, module.minutes
        ),
        None => "You have completed everything that is written.".to_owned(),
    };
    Ok(format!("{first}\n{second}"))
}

/// `/today`: the two lines and the choices that exist.
pub async fn today(call: &Call, reader: &Reader<'_>) -> Result<Card, Failure> {
    let today = reader.membership.cohort.local_date(call.app.clock.now());
    let lines = two_lines(call, reader, today).await?;
    let mut buttons = Vec::new();
    if let Some(module) = reader.next() {
        let read = reader.standing.read.contains(&module.id);
        let (lesson, quiz) = if read {
            (Style::Secondary, Style::Primary)
        } else {
            (Style::Primary, Style::Secondary)
        };
        buttons.push(Button::new("Continue", lesson, &open_route(module)));
        buttons.push(Button::new("Quiz", quiz, &quiz_route(module)));
    }
    buttons.push(Button::new(
        "All lessons",
        Style::Secondary,
        &Route::new("lesson", "list"),
    ));
    Ok(Card::framed("Today", lines).buttons(buttons))
}
