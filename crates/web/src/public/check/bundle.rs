//! The modules of the check as one classic script: a file that is opened without a server may load no module. Each
//! module becomes a function of its own, so that none sees another's names. Only the forms of import and export that
//! these modules have are known; any other is noticed when the script is made, which a test does.

use std::fmt::Write;

macro_rules! modules {
    ($($name:literal = $path:literal,)+) => {
        &[$(($name, include_str!(concat!("../../../assets/", $path))),)+]
    };
}

/// Every module after those that it imports. Those of others stand in the folder of their package.
const MODULES: &[(&str, &str)] = modules! {
    "hashes/utils.js" = "vendor/noble-hashes-utils.js",
    "hashes/_u64.js" = "vendor/noble-hashes-u64.js",
    "hashes/_md.js" = "vendor/noble-hashes-md.js",
    "hashes/sha2.js" = "vendor/noble-hashes-sha2.js",
    "hashes/hmac.js" = "vendor/noble-hashes-hmac.js",
    "noble-ed25519.js" = "vendor/noble-ed25519.js",
    "curves/utils.js" = "vendor/noble-curves-utils.js",
    "curves/der.js" = "vendor/noble-curves-der.js",
    "curves/modular.js" = "vendor/noble-curves-modular.js",
    "curves/curve.js" = "vendor/noble-curves-curve.js",
    "curves/hash-to-curve.js" = "vendor/noble-curves-hash-to-curve.js",
    "curves/tower.js" = "vendor/noble-curves-tower.js",
    "curves/weierstrass.js" = "vendor/noble-curves-weierstrass.js",
    "curves/bls.js" = "vendor/noble-curves-bls.js",
    "curves/bls12-381.js" = "vendor/noble-curves-bls12-381.js",
    "text.js" = "check/text.js",
    "key.js" = "check/key.js",
    "checkpoint.js" = "check/checkpoint.js",
    "policy.js" = "check/policy.js",
    "proof.js" = "check/proof.js",
    "verify.js" = "check/verify.js",
    "event.js" = "check/event.js",
    "order.js" = "draw/order.js",
    "shape.js" = "draw/shape.js",
    "difference.js" = "draw/difference.js",
    "ticket.js" = "draw/ticket.js",
    "pulse.js" = "draw/pulse.js",
    "seed.js" = "draw/seed.js",
    "base.js" = "draw/base.js",
    "select.js" = "draw/select.js",
    "team.js" = "draw/team.js",
    "steps.js" = "draw/steps.js",
    "compute.js" = "draw/compute.js",
    "bundle.js" = "draw/bundle.js",
    "result.js" = "draw/result.js",
    "page.js" = "check/page.js",
};

/// The script.
pub fn script() -> String {
    let modules: String = MODULES.iter().map(|(name, text)| module(name, text)).collect();
    format!("(() => {{\n\"use strict\";\nconst modules = {{}};\n{modules}}})();\n")
}

fn module(name: &str, text: &str) -> String {
    let mut code = String::new();
    let mut exports = Vec::new();
    for line in without_notes(text) {
        let line = match imported(name, line) {
            Some(line) => line,
            None => exported(line, &mut exports).to_owned(),
        };
        writeln!(code, "{line}").expect("a string takes all");
    }
    format!("modules[\"{name}\"] = (() => {{\n{code}return {{ {} }};\n}})();\n", exports.join(", "))
}

/// Lines that are not notes alone; licences (`/*!`) stay.
fn without_notes(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let line = line.trim();
        let begins = line.starts_with("/*") && !line.starts_with("/*!") && !line.trim_end_matches("*/").contains("*/");
        let note = inside || begins || line.starts_with("//");
        inside = (inside || begins) && !line.ends_with("*/");
        !note
    })
}

/// `import { a, b as c } from "./x.js";`, `import * as x from "./x.js";` and, without effect, `import {} from "./x.js";`
fn imported(module: &str, line: &str) -> Option<String> {
    let (what, from) = line.strip_prefix("import ")?.split_once(" from ")?;
    let from = from.strip_suffix(';').expect("an import ends with its module").trim_matches(['"', '\'']);
    if what == "{}" {
        return Some(String::new());
    }
    let from = place(module, from);
    Some(match what.strip_prefix("* as ") {
        Some(all) => format!("const {all} = modules[\"{from}\"];"),
        None => format!("const {} = modules[\"{from}\"];", what.replace(" as ", ": ")),
    })
}

/// The module that is meant: of the package it names, of its own package, or ours.
fn place(module: &str, from: &str) -> &'static str {
    let file = from.rsplit('/').next().unwrap_or(from);
    let package = from.strip_prefix("@noble/").or_else(|| module.contains('/').then_some(module));
    let package = package.and_then(|of| of.split('/').next());
    let meant = |name: &str| match (package, name.split_once('/')) {
        (Some(package), Some((of, name))) => of == package && name == file,
        (Some(_), None) => false,
        (None, Some((_, name))) => matches!(file, "sha2.js" | "bls12-381.js") && name == file,
        (None, None) => name == file,
    };
    let found = MODULES.iter().find(|(name, _)| meant(name));
    found.unwrap_or_else(|| panic!("{module}: {from} is not among the modules")).0
}

/// `export const x`, `export function x`, `export async function x`, `export class x` without the first word, and nothing
/// for `export { a, b };`. What is handed on from another module (`export { a } from`) is taken from there.
fn exported<'a>(line: &'a str, exports: &mut Vec<&'a str>) -> &'a str {
    let Some(rest) = line.strip_prefix("export ") else { return line };
    if rest.starts_with('{') && rest.contains("} from ") {
        return "";
    }
    if let Some(names) = rest.strip_prefix('{') {
        let names = names.strip_suffix("};").expect("a list of exports stands in one line");
        exports.extend(names.split(',').map(str::trim).filter(|name| !name.is_empty()));
        return "";
    }
    let item = rest.strip_prefix("async ").unwrap_or(rest);
    let kinds = ["const ", "function ", "class "];
    let named = kinds.iter().find_map(|kind| item.strip_prefix(kind)).expect("an export of a known form");
    let end = named.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(named.len());
    exports.push(&named[..end]);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_becomes_a_function() {
        let text = "import { Chi } from \"./_md.js\";\n// A note.\n/**\n * More.\n */\nimport * as u64 from \"./_u64.js\";\n\
                    export const one = /* kept */ 1;\n/*! a licence */\nimport {} from './x.js';\n\
                    export async function two() {}\nexport class Three extends Chi {}\nexport { four, five, };\n";
        let expected = "modules[\"hashes/x.js\"] = (() => {\nconst { Chi } = modules[\"hashes/_md.js\"];\n\
                        const u64 = modules[\"hashes/_u64.js\"];\nconst one = /* kept */ 1;\n/*! a licence */\n\n\
                        async function two() {}\nclass Three extends Chi {}\n\n\
                        return { one, two, Three, four, five };\n})();\n";
        assert_eq!(module("hashes/x.js", text), expected);
    }

    #[test]
    fn a_module_is_looked_for_in_its_package() {
        let import = |module, line| imported(module, line).unwrap();
        let renamed = import("curves/weierstrass.js", "import { hmac as nobleHmac } from '@noble/hashes/hmac.js';");
        assert_eq!(renamed, "const { hmac: nobleHmac } = modules[\"hashes/hmac.js\"];");
        assert!(
            import("curves/bls.js", "import { a, } from \"../utils.js\";").ends_with("modules[\"curves/utils.js\"];")
        );
        assert!(import("text.js", "import { sha256 } from \"./sha2.js\";").ends_with("modules[\"hashes/sha2.js\"];"));
        assert!(import("page.js", "import { check } from \"./verify.js\";").ends_with("modules[\"verify.js\"];"));
    }

    #[test]
    fn every_module_stands_after_those_that_it_imports() {
        for (at, (name, text)) in MODULES.iter().enumerate() {
            for line in without_notes(text) {
                let Some(made) = imported(name, line).filter(|made| !made.is_empty()) else { continue };
                let before = MODULES[..at].iter().any(|(other, _)| made.ends_with(&format!("modules[\"{other}\"];")));
                assert!(before, "{name}: {line}");
            }
        }
        let script = script();
        assert!(!script.lines().any(|line| line.starts_with("export ") || line.contains(" from \"./")));
    }
}
