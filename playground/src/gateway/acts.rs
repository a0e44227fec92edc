//! The acts under way, which wait for what the bot does. An effect with an interaction's mark goes to its act alone:
//! with hundreds of acts at once, telling all of each would cost more than the acts.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;

use crate::{id::Id, world::change::Effect};

#[derive(Default)]
struct Ears {
    last_key: u64,
    by_key: HashMap<u64, mpsc::UnboundedSender<Effect>>,
    by_interaction: HashMap<Id, u64>,
}

/// See the module.
#[derive(Default)]
pub struct Acts(Mutex<Ears>);

impl Acts {
    fn ears(&self) -> MutexGuard<'_, Ears> {
        // A panic elsewhere leaves the maps whole: each change of them is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new act that wants to hear of effects, and its key.
    pub fn begin(&self) -> (u64, mpsc::UnboundedReceiver<Effect>) {
        let (ear, heard) = mpsc::unbounded_channel();
        let mut ears = self.ears();
        ears.last_key += 1;
        let key = ears.last_key;
        ears.by_key.insert(key, ear);
        (key, heard)
    }

    /// The act is an interaction: it alone hears what is done with that interaction's token.
    pub fn is_for(&self, key: u64, interaction: Id) {
        self.ears().by_interaction.insert(interaction, key);
    }

    pub fn end(&self, key: u64, interaction: Option<Id>) {
        let mut ears = self.ears();
        ears.by_key.remove(&key);
        if let Some(interaction) = interaction {
            ears.by_interaction.remove(&interaction);
        }
    }

    /// How many are waiting for the bot right now.
    pub fn under_way(&self) -> usize {
        self.ears().by_key.len()
    }

    pub fn tell(&self, effect: &Effect) {
        let ears = self.ears();
        let Some(interaction) = effect.interaction() else {
            for ear in ears.by_key.values() {
                let _ = ear.send(effect.clone());
            }
            return;
        };
        let key = ears.by_interaction.get(&interaction);
        if let Some(ear) = key.and_then(|key| ears.by_key.get(key)) {
            let _ = ear.send(effect.clone());
        }
    }
}
