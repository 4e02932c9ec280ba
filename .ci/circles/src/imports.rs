//! Which file takes which names from which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, ItemFn, Macro, Path};

use crate::modules::Module;

/// How often a name may be handed on before it is taken for one from outside.
const DEPTH: usize = 16;

/// From each file to the files it imports, with the names that it takes.
pub(crate) type Graph = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

/// The graph of a crate.
pub(crate) fn graph(root: &Module) -> Graph {
    let mut graph = Graph::new();
    walk(root, root, &mut graph);
    graph
}

fn walk(root: &Module, module: &Module, graph: &mut Graph) {
    let mut code = Code::default();
    module.items.iter().for_each(|item| code.visit_item(item));
    let mut paths = code.paths;
    for brought in &module.uses {
        let named = |name: &String| paths.iter().any(|path| path.first() == Some(name));
        if !brought.handed_on || brought.name.as_ref().is_some_and(named) {
            paths.insert(brought.path.clone());
        }
    }
    for path in &paths {
        if let Some((home, name)) = find(root, module, path, DEPTH)
            && home.file != module.file
        {
            graph
                .entry(module.file.clone())
                .or_default()
                .entry(home.file.clone())
                .or_default()
                .insert(name);
        }
    }
    module
        .children
        .values()
        .for_each(|child| walk(root, child, graph));
}

/// The module that defines what a path names, seen from a module; `None` if it stands outside of the crate.
fn find<'m>(
    root: &'m Module,
    from: &Module,
    path: &[String],
    depth: usize,
) -> Option<(&'m Module, String)> {
    let depth = depth.checked_sub(1)?;
    let mut here = at(root, &from.path)?;
    for (place, part) in path.iter().enumerate() {
        here = match part.as_str() {
            "crate" => root,
            "self" => here,
            "super" => at(root, here.path.split_last()?.1)?,
            name => {
                if let Some(child) = here.children.get(name) {
                    child
                } else if here.defines.contains(name) {
                    return Some((here, name.to_owned()));
                } else {
                    return handed_on(root, here, name, &path[place + 1..], depth);
                }
            }
        };
    }
    // A module itself: what is taken from it is seen by the longer paths that begin with its name.
    None
}

/// A name that a module does not define but brings in from elsewhere.
fn handed_on<'m>(
    root: &'m Module,
    here: &Module,
    name: &str,
    rest: &[String],
    depth: usize,
) -> Option<(&'m Module, String)> {
    here.uses.iter().find_map(|brought| {
        let mut path = brought.path.clone();
        match &brought.name {
            Some(known) if known == name => {}
            None => path.push(name.to_owned()),
            Some(_) => return None,
        }
        // `use a;` where `a` is no child names itself, a crate from outside.
        if path.first().is_some_and(|first| first == name) {
            return None;
        }
        path.extend_from_slice(rest);
        find(root, here, &path, depth)
    })
}

fn at<'m>(root: &'m Module, path: &[String]) -> Option<&'m Module> {
    path.iter()
        .try_fold(root, |module, name| module.children.get(name))
}

/// The paths in the code of a module, those in macros' arguments included.
#[derive(Default)]
struct Code {
    paths: BTreeSet<Vec<String>>,
}

impl Code {
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Vec::new();
        let mut joined = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if !joined {
                        self.end(&mut path);
                    }
                    path.push(ident.to_string());
                    joined = false;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => joined = !path.is_empty(),
                TokenTree::Group(group) => {
                    self.end(&mut path);
                    joined = false;
                    self.tokens(group.stream());
                }
                _ => {
                    self.end(&mut path);
                    joined = false;
                }
            }
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.paths.insert(std::mem::take(path));
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("test"))
}

impl<'ast> Visit<'ast> for Code {
    fn visit_path(&mut self, path: &'ast Path) {
        self.paths.insert(
            path.segments
                .iter()
                .map(|part| part.ident.to_string())
                .collect(),
        );
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.visit_path(&item.path);
        self.tokens(item.tokens.clone());
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}
