//! Cuts functions out of WASM that are never called, and that the compiler cannot know to be dead: every view has them behind a pointer.

use anyhow::Result;
use walrus::{FunctionBuilder, FunctionKind, Module, ModuleConfig};

/// Reads a module, and puts a trap into every function whose name holds one of these words: what they alone lead to is left out when
/// the module is written. Also says how many they are.
///
/// # Errors
/// `wasm` is no valid WASM.
pub fn without(wasm: &[u8], words: &[&str]) -> Result<(Module, usize)> {
    // As the library of wasm-bindgen reads it for itself.
    let mut module = ModuleConfig::new()
        .strict_validate(false)
        .generate_dwarf(false)
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse(wasm)?;
    let is_meant = |name: &Option<String>| name.as_ref().is_some_and(|name| words.iter().any(|word| name.contains(word)));
    let meant: Vec<_> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let meant: Vec<_> = meant.into_iter().filter(|id| is_meant(&module.funcs.get(*id).name)).collect();
    for id in &meant {
        let FunctionKind::Local(function) = &module.funcs.get(*id).kind else { continue };
        let arguments = function.args.clone();
        let kind = module.types.get(function.ty());
        let (parameters, results) = (kind.params().to_vec(), kind.results().to_vec());
        let mut trap = FunctionBuilder::new(&mut module.types, &parameters, &results);
        trap.func_body().unreachable();
        module.funcs.get_mut(*id).kind = FunctionKind::Local(trap.local_func(arguments));
    }
    Ok((module, meant.len()))
}

#[cfg(test)]
mod tests {
    use walrus::ValType;

    use super::*;

    #[test]
    fn what_is_cut_traps_and_takes_along_what_it_alone_needs() {
        let mut module = Module::default();
        let number = |module: &mut Module, name: &str, calls: Option<walrus::FunctionId>| {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[ValType::I32]);
            builder.name(name.to_owned());
            match calls {
                Some(called) => builder.func_body().call(called),
                None => builder.func_body().i32_const(7),
            };
            builder.finish(vec![], &mut module.funcs)
        };
        let alone = number(&mut module, "alone", None);
        let shared = number(&mut module, "shared", None);
        let dead = number(&mut module, "view::hydrate_async::poll", Some(alone));
        let live = number(&mut module, "view::hydrate", Some(shared));
        module.exports.add("dead", dead);
        module.exports.add("live", live);
        let (mut cut, number) = without(&module.emit_wasm(), &["hydrate_async"]).expect("valid");
        assert_eq!(number, 1);
        walrus::passes::gc::run(&mut cut);
        let names: Vec<_> = cut.funcs.iter().filter_map(|function| function.name.clone()).collect();
        assert!(names.iter().any(|name| name == "shared") && !names.iter().any(|name| name == "alone"), "{names:?}");
        assert_eq!(cut.exports.iter().count(), 2, "what is cut can still be named");
    }

    #[test]
    fn what_is_no_wasm_is_refused() {
        assert!(without(b"<!DOCTYPE html>", &[]).is_err());
    }
}
