//! `replybook models`: models on this machine that make vectors of texts.

use std::{path::PathBuf, sync::Arc};

use clap::Subcommand;
use replybook::{Domain, knowledge, types::Actor};

use super::console::say;

/// `replybook models`
#[derive(Subcommand)]
pub(super) enum ModelsCommand {
    /// Copy a Model2Vec folder (config.json, tokenizer.json, model.safetensors) into the data folder, and use it
    Add {
        path: PathBuf,
        /// What to call it; by default as the folder
        #[arg(long)]
        name: Option<String>,
    },
    /// List the models in the data folder
    List,
    /// Delete a model from the data folder
    Remove { name: String },
}

impl ModelsCommand {
    /// Does it, and says what came of it.
    pub(super) async fn run(self, domain: &Arc<Domain>) -> anyhow::Result<()> {
        match self {
            Self::Add { path, name } => {
                let name = knowledge::add_model(domain, Actor::command_line(), &path, name.as_deref()).await?;
                knowledge::queue_vectors(domain).await?;
                say(&format!(
                    "added {name}; the worker makes the vectors, and uses them where they help (a provider chosen for embeddings comes first)"
                ))
            }
            Self::List => {
                for model in knowledge::models(domain).await? {
                    let used = if model.is_used { "used" } else { "not used" };
                    say(&format!("{}\t{:.1} MB\t{used}", model.name, model.bytes as f64 / 1e6))?;
                }
                Ok(())
            }
            Self::Remove { name } => {
                knowledge::remove_model(domain, Actor::command_line(), &name).await?;
                say(&format!("removed {name}"))
            }
        }
    }
}
