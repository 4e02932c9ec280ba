//! The modules of a crate: their files, what each defines, and which names it brings in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::{Attribute, Item, ItemMod, UseTree, Visibility};

/// A module, its children below it.
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    /// From the root: empty for the root itself.
    pub(crate) path: Vec<String>,
    pub(crate) items: Vec<Item>,
    pub(crate) defines: BTreeSet<String>,
    pub(crate) uses: Vec<Use>,
    pub(crate) children: BTreeMap<String, Module>,
}

/// One name that `use` brings in: `use a::b as c`, or everything of a module.
pub(crate) struct Use {
    pub(crate) path: Vec<String>,
    /// `None` for `*`.
    pub(crate) name: Option<String>,
    /// Handed on by `pub use`, so that the file need not use it itself.
    pub(crate) handed_on: bool,
}

/// Reads a crate from its root file.
pub(crate) fn read(root: &Path) -> Result<Module> {
    let folder = root.parent().context("a root file stands in a folder")?;
    module(root.to_path_buf(), folder, Vec::new(), parse(root)?)
}

fn parse(file: &Path) -> Result<Vec<Item>> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let parsed =
        syn::parse_file(&text).with_context(|| format!("cannot parse {}", file.display()))?;
    Ok(parsed.items)
}

/// A module whose children stand in `folder`.
fn module(file: PathBuf, folder: &Path, path: Vec<String>, items: Vec<Item>) -> Result<Module> {
    let mut found = Module {
        file,
        path,
        items: Vec::new(),
        defines: BTreeSet::new(),
        uses: Vec::new(),
        children: BTreeMap::new(),
    };
    for item in items {
        match item {
            Item::Mod(child) if !is_test(&child.attrs) => {
                let name = child.ident.to_string();
                let child = self::child(&found, folder, &name, child)?;
                found.children.insert(name, child);
            }
            Item::Mod(_) => {}
            Item::Use(item) => {
                let handed_on = !matches!(item.vis, Visibility::Inherited);
                collect(&item.tree, &mut Vec::new(), handed_on, &mut found.uses);
            }
            item => {
                found.defines.extend(defined(&item));
                found.items.push(item);
            }
        }
    }
    Ok(found)
}

fn child(parent: &Module, folder: &Path, name: &str, item: ItemMod) -> Result<Module> {
    let mut path = parent.path.clone();
    path.push(name.to_owned());
    let below = folder.join(name);
    if let Some((_, items)) = item.content {
        return module(parent.file.clone(), &below, path, items);
    }
    let file = [folder.join(format!("{name}.rs")), below.join("mod.rs")]
        .into_iter()
        .find(|file| file.exists())
        .with_context(|| format!("{}: no file for mod {name}", parent.file.display()))?;
    let items = parse(&file)?;
    module(file, &below, path, items)
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        matches!(&attribute.meta, syn::Meta::List(list)
            if list.path.is_ident("cfg") && list.tokens.to_string() == "test")
    })
}

fn collect(tree: &UseTree, path: &mut Vec<String>, handed_on: bool, uses: &mut Vec<Use>) {
    let mut push = |last: Option<String>, name: Option<String>| {
        let mut path = path.clone();
        path.extend(last);
        uses.push(Use {
            path,
            name,
            handed_on,
        });
    };
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            collect(&part.tree, path, handed_on, uses);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => push(None, path.last().cloned()),
        UseTree::Name(name) => push(Some(name.ident.to_string()), Some(name.ident.to_string())),
        UseTree::Rename(name) => push(Some(name.ident.to_string()), Some(name.rename.to_string())),
        UseTree::Glob(_) => push(None, None),
        UseTree::Group(group) => {
            for tree in &group.items {
                collect(tree, path, handed_on, uses);
            }
        }
    }
}

/// The names that an item defines in its module.
fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        _ => return None,
    };
    Some(name.to_string())
}
