//! Models on this machine: folders of [Model2Vec](https://github.com/MinishLab/model2vec), which have a vector for each piece of a word.
//! They are put into the data folder by `replybook models add`; nothing is downloaded, and no text leaves the process.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use model2vec_rs::model::StaticModel;
use sha2::{Digest, Sha256};

use crate::{
    Domain, files,
    store::{Act, StoreError},
    types::Actor,
};

/// The files of a model, and how large each may be: far larger than those of any published one.
const FILES: [(&str, u64); 3] =
    [("config.json", 1 << 20), ("tokenizer.json", 256 << 20), ("model.safetensors", 4 << 30)];
/// Tokens of a text that count, as of the texts that other models read.
const TOKENS: usize = 512;

/// Why a model cannot be used, added or taken away.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error("{} is no folder of Model2Vec: {name} is not in it", .folder.display())]
    Missing { folder: PathBuf, name: &'static str },
    #[error("{} is too large for a model: {size} bytes", .file.display())]
    TooLarge { file: PathBuf, size: u64 },
    #[error("{} cannot be used: {error}", .path.display())]
    Disk { path: PathBuf, error: io::Error },
    #[error("the model in {} cannot be read: {what}", .folder.display())]
    Unreadable { folder: PathBuf, what: String },
    #[error("`{0}` cannot be the name of a model: use letters, digits, dots, dashes and underscores")]
    Name(String),
    #[error("there is a model called `{0}` already: remove it first, or give another --name")]
    Taken(String),
    #[error("there is no model called `{0}`")]
    Unknown(String),
    #[error("the thread that read the model broke off")]
    Broken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A model in the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalModel {
    pub name: String,
    pub bytes: u64,
    /// Whether it is the one that is used where no provider is.
    pub is_used: bool,
}

/// A model that is ready to make vectors.
#[derive(Clone)]
pub(crate) struct Loaded {
    /// Its name, with a few digits that are others where its files are.
    pub id: String,
    model: StaticModel,
}

impl Loaded {
    /// A vector of each text.
    pub fn embed(&self, texts: &[String]) -> Vec<Vec<f32>> {
        let one = |text: &String| self.model.encode_with_args(std::slice::from_ref(text), Some(TOKENS), 1);
        texts.iter().flat_map(one).collect()
    }
}

/// The model of this process, once it was needed.
#[derive(Default)]
pub(crate) struct Loading {
    loaded: Mutex<Option<(String, Loaded)>>,
}

/// Puts a copy of a model into the data folder, and uses it from now on. Returns its name.
///
/// # Errors
/// See [`LocalError`].
pub async fn add(d: &Arc<Domain>, by: Actor, folder: &Path, name: Option<&str>) -> Result<String, LocalError> {
    let own = folder.canonicalize().map_err(|error| LocalError::Disk { path: folder.to_owned(), error })?;
    let name = name.map(ToOwned::to_owned).or_else(|| Some(own.file_name()?.to_str()?.to_owned()));
    let name = sound(&name.unwrap_or_default())?;
    let to = folder_of(d, &name);
    if to.exists() {
        return Err(LocalError::Taken(name));
    }
    let models = models_folder(d);
    files::make_folder(&models).map_err(|error| LocalError::Disk { path: models.clone(), error })?;
    // Read before it is copied: what is there is whole, or not there at all.
    load(own.clone(), name.clone()).await?;
    let partial = models.join(format!(".{name}.partial"));
    let copied = copy(&own, &partial)
        .and_then(|()| fs::rename(&partial, &to).map_err(|error| LocalError::Disk { path: to.clone(), error }));
    if copied.is_err() {
        // What is left of it is overwritten by the next try.
        let _left = fs::remove_dir_all(&partial);
    }
    copied?;
    d.store.local_model_added(&name, Act { by, at: d.clock.now() }).await?;
    tracing::info!(name, "a local model was added");
    Ok(name)
}

/// The models in the data folder, by their names.
///
/// # Errors
/// See [`LocalError`].
pub async fn list(d: &Domain) -> Result<Vec<LocalModel>, LocalError> {
    let used = d.store.local_model().await?;
    let folder = models_folder(d);
    let read = |error| LocalError::Disk { path: folder.clone(), error };
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(read)?,
    };
    let mut models = Vec::new();
    for entry in entries {
        let name = entry.map_err(read)?.file_name().to_string_lossy().into_owned();
        if sound(&name).is_ok() && folder_of(d, &name).is_dir() {
            let size =
                |(file, _): &(&str, u64)| fs::metadata(folder_of(d, &name).join(file)).map_or(0, |data| data.len());
            models.push(LocalModel {
                bytes: FILES.iter().map(size).sum(),
                is_used: used.as_ref() == Some(&name),
                name,
            });
        }
    }
    models.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(models)
}

/// Deletes a model. Where it was used, none is used from now on.
///
/// # Errors
/// See [`LocalError`].
pub async fn remove(d: &Domain, by: Actor, name: &str) -> Result<(), LocalError> {
    let folder = folder_of(d, &sound(name)?);
    if !folder.is_dir() {
        return Err(LocalError::Unknown(name.to_owned()));
    }
    d.store.local_model_removed(name, Act { by, at: d.clock.now() }).await?;
    fs::remove_dir_all(&folder).map_err(|error| LocalError::Disk { path: folder, error })?;
    tracing::info!(name, "a local model was removed");
    Ok(())
}

/// The model of this name, ready to make vectors.
pub(crate) async fn loaded(d: &Domain, name: &str) -> Result<Loaded, LocalError> {
    let folder = folder_of(d, &sound(name)?);
    let Ok(about) = fs::metadata(&folder) else { return Err(LocalError::Unknown(name.to_owned())) };
    // Another one of this name has another folder.
    let key = format!("{name} {:?}", about.modified().ok());
    let known = d.local_model.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, loaded)) = known.filter(|(known, _)| *known == key) {
        return Ok(loaded);
    }
    let loaded = load(folder, name.to_owned()).await?;
    *d.local_model.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, loaded.clone()));
    Ok(loaded)
}

async fn load(folder: PathBuf, name: String) -> Result<Loaded, LocalError> {
    let read = tokio::task::spawn_blocking(move || {
        let [config, tokenizer, model] = [read(&folder, FILES[0])?, read(&folder, FILES[1])?, read(&folder, FILES[2])?];
        let mut sum = Sha256::new();
        [&config, &tokenizer, &model].into_iter().for_each(|bytes| sum.update(bytes));
        let digits: String = sum.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let unreadable = |what: String| LocalError::Unreadable { folder: folder.clone(), what };
        if !are_numbers(&model) {
            return Err(unreadable("its weights are not all finite numbers".to_owned()));
        }
        let model = StaticModel::from_bytes(tokenizer, model, config, Some(true));
        let model = model.map_err(|error| unreadable(format!("{error:#}")))?;
        let loaded = Loaded { id: format!("local:{name}@{digits}"), model };
        // A table that does not fit its words breaks at the first text, and not later.
        if loaded.embed(&["Hello, world".to_owned()]).concat().iter().any(|number| !number.is_finite()) {
            return Err(unreadable("it makes no numbers".to_owned()));
        }
        Ok(loaded)
    });
    read.await.map_err(|_| LocalError::Broken)?
}

/// Whether all weights in a file of tensors are finite: one that is not spoils every text it is in, and others not. What cannot be
/// read here is for the model to refuse. <https://github.com/huggingface/safetensors#format>
fn are_numbers(file: &[u8]) -> bool {
    let header = || {
        let length = usize::try_from(u64::from_le_bytes(file.get(..8)?.try_into().ok()?)).ok()?;
        let header: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(file.get(8..length.checked_add(8)?)?).ok()?;
        Some((header, file.get(length + 8..)?))
    };
    let Some((tensors, data)) = header() else { return true };
    tensors.values().all(|tensor| {
        let place = |at: usize| usize::try_from(tensor["data_offsets"][at].as_u64()?).ok();
        let bytes = place(0).zip(place(1)).and_then(|(start, end)| data.get(start..end)).unwrap_or_default();
        let halves = |ones: u16| bytes.as_chunks::<2>().0.iter().all(|half| u16::from_le_bytes(*half) & ones != ones);
        match tensor["dtype"].as_str() {
            Some("F16") => halves(0x7c00),
            Some("BF16") => halves(0x7f80),
            Some("F32") => bytes.as_chunks::<4>().0.iter().all(|four| f32::from_le_bytes(*four).is_finite()),
            Some("F64") => bytes.as_chunks::<8>().0.iter().all(|eight| f64::from_le_bytes(*eight).is_finite()),
            _ => true,
        }
    })
}

fn read(folder: &Path, (name, most): (&'static str, u64)) -> Result<Vec<u8>, LocalError> {
    let file = folder.join(name);
    let size = match fs::metadata(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(LocalError::Missing { folder: folder.to_owned(), name });
        }
        data => data.map_err(|error| LocalError::Disk { path: file.clone(), error })?.len(),
    };
    if size > most {
        return Err(LocalError::TooLarge { file, size });
    }
    fs::read(&file).map_err(|error| LocalError::Disk { path: file, error })
}

fn copy(from: &Path, to: &Path) -> Result<(), LocalError> {
    files::make_folder(to).map_err(|error| LocalError::Disk { path: to.to_owned(), error })?;
    for (name, _) in FILES {
        fs::copy(from.join(name), to.join(name)).map_err(|error| LocalError::Disk { path: to.join(name), error })?;
    }
    Ok(())
}

fn sound(name: &str) -> Result<String, LocalError> {
    let is_sound = !name.is_empty()
        && name.len() <= 100
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if is_sound { Ok(name.to_owned()) } else { Err(LocalError::Name(name.to_owned())) }
}

fn models_folder(d: &Domain) -> PathBuf {
    d.settings.data_dir.join("models")
}

fn folder_of(d: &Domain, name: &str) -> PathBuf {
    models_folder(d).join(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A file with tensors of these kinds and bytes.
    fn file(tensors: &[(&str, &[u8])]) -> Vec<u8> {
        let mut header = serde_json::Map::new();
        let mut data: Vec<u8> = Vec::new();
        for (kind, bytes) in tensors {
            let place = [data.len(), data.len() + bytes.len()];
            header.insert(format!("t{}", data.len()), json!({ "dtype": kind, "shape": [], "data_offsets": place }));
            data.extend(*bytes);
        }
        let header = serde_json::Value::from(header).to_string();
        let length = u64::try_from(header.len()).expect("small").to_le_bytes();
        length.into_iter().chain(header.into_bytes()).chain(data).collect()
    }

    #[test]
    fn weights_are_finite_numbers_in_every_form() {
        let one = 1.0_f32.to_le_bytes();
        let good: [(&str, &[u8]); 4] =
            [("F32", &one), ("F64", &1.0_f64.to_le_bytes()), ("F16", &[0x00, 0x3c]), ("BF16", &[0x80, 0x3f])];
        assert!(are_numbers(&file(&good)));
        let bad: [(&str, &[u8]); 7] = [
            ("F32", &f32::NAN.to_le_bytes()),
            ("F32", &f32::NEG_INFINITY.to_le_bytes()),
            ("F64", &f64::NAN.to_le_bytes()),
            ("F16", &[0x00, 0x7c]),
            ("F16", &[0x01, 0xfe]),
            ("BF16", &[0x80, 0xff]),
            ("BF16", &[0xc0, 0x7f]),
        ];
        for spoiled in bad {
            assert!(!are_numbers(&file(&[("F32", &one), spoiled, ("F32", &one)])), "{spoiled:?}");
        }
    }

    #[test]
    fn what_is_no_file_of_tensors_is_for_the_model_to_refuse() {
        let odd = file(&[("I8", &[0xff; 4])]);
        for bytes in [&b""[..], b"{}", &[0xff; 20], &odd] {
            assert!(are_numbers(bytes), "{bytes:?}");
        }
    }
}
