//! A route names its callers where it is declared; the guard in front of it lets nobody else through.

use crate::app::Web;
use axum::routing::MethodRouter;
use std::fmt;
use xingjian_exchange::system::ApiScope;
use xingjian_kernel::{Actor, Permission};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Anybody.
    Public,
    /// Anybody who is signed in.
    SignedIn,
    /// Whoever holds one of these permissions.
    Holding(&'static [Permission]),
    /// A connected system whose key is granted this scope.
    System(ApiScope),
}

impl Callers {
    /// Whether somebody who is signed in is one of them.
    pub fn include(&self, actor: &Actor) -> bool {
        match self {
            Self::Public | Self::SignedIn => true,
            Self::Holding(needed) => needed.iter().any(|permission| actor.may(*permission)),
            // Asked for where the key is looked at; no session is a system.
            Self::System(_) => false,
        }
    }
}

impl fmt::Display for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(scope) => write!(f, "key: {}", scope.code()),
            Self::Public => f.write_str("public"),
            Self::SignedIn => f.write_str("signed in"),
            Self::Holding(permissions) => {
                let codes: Vec<&str> = permissions.iter().map(|p| p.code()).collect();
                f.write_str(&codes.join(" | "))
            }
        }
    }
}

/// A route.
#[derive(Clone)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, with `{id}` for parameters.
    pub path: &'static str,
    /// Who may call it.
    pub callers: Callers,
    pub(crate) handler: MethodRouter<Web>,
}

impl Route {
    pub(crate) fn get<H, T>(path: &'static str, callers: Callers, handler: H) -> Self
    where
        H: axum::handler::Handler<T, Web>,
        T: 'static,
    {
        Self { method: "GET", path, callers, handler: axum::routing::get(handler) }
    }

    pub(crate) fn post<H, T>(path: &'static str, callers: Callers, handler: H) -> Self
    where
        H: axum::handler::Handler<T, Web>,
        T: 'static,
    {
        Self { method: "POST", path, callers, handler: axum::routing::post(handler) }
    }
}
