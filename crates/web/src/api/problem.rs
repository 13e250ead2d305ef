//! What goes wrong, as RFC 9457 says it: a closed list of codes, each with its reason and the way on, explained on the reference page.

use crate::errors;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use xingjian_kernel::{Fault, Refusal};
use xingjian_store::Failure;

/// Type of the body of a problem.
pub const KIND: &str = "application/problem+json";

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $code:literal, $title:literal, $mend:literal;)+) => {
        /// The code of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// Every one, by status.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
            /// Stable name.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)+ } }
            /// Status of HTTP.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)+ } }
            /// What is wrong.
            pub const fn title(self) -> &'static str { match self { $(Self::$name => $title,)+ } }
            /// What to do.
            pub const fn mend(self) -> &'static str { match self { $(Self::$name => $mend,)+ } }
        }
    };
}

codes! {
    /// The body is not JSON.
    InvalidJson = 400, "invalid_json", "请求体不是有效的 JSON", "请用 UTF-8 编码的 JSON 对象作为请求体，detail 写明出错的位置";
    /// A parameter is wrong.
    InvalidParameter = 400, "invalid_parameter", "参数不正确", "请按 faults 逐项更正；说明中没有的参数不接受";
    /// A POST without its key.
    IdempotencyKeyMissing = 400, "idempotency_key_missing", "缺少 Idempotency-Key，或者不合要求", "每个 POST 请求带一个 1 至 64 个 ASCII 字符、没有空格的 Idempotency-Key，重发同一请求用同一个";
    /// No key, or one that nobody has.
    Unauthorized = 401, "unauthorized", "没有密钥，或者密钥不正确", "请在 Authorization 中写 Bearer 加密钥；密钥已更换的，请用新密钥";
    /// The system was closed.
    KeyRevoked = 401, "key_revoked", "该接入系统已停用", "需要继续接入的，请对方的安全管理员重新登记";
    /// The key is too old.
    KeyExpired = 401, "key_expired", "密钥已到期", "请对方的安全管理员在“安全 → 接入系统”中延长有效期，密钥不变";
    /// The key does not go so far.
    ScopeMissing = 403, "scope_missing", "密钥没有这项权限范围", "请对方的安全管理员在“安全 → 接入系统”中加上 detail 所写的权限范围，密钥不变";
    /// A room says that the system may not.
    Denied = 403, "denied", "没有办理该事项的权限", "请由有权限的部门或者人员办理";
    /// There is no such thing, or it is out of sight.
    NotFound = 404, "not_found", "没有找到", "请核对地址和编号；不属于所代表部门的内容不可见";
    /// Another method.
    MethodNotAllowed = 405, "method_not_allowed", "该地址不支持这个方法", "请改用答复头 Allow 所写的方法";
    /// It was changed meanwhile.
    Conflict = 409, "conflict", "记录刚刚被修改", "请重新读取后再办理，并换一个 Idempotency-Key";
    /// The same is there already.
    Exists = 409, "exists", "已经存在相同的记录", "请查询已有的记录";
    /// The twin of this request is being done.
    UnderWay = 409, "request_under_way", "同一请求正在处理", "请在 Retry-After 所写的秒数后用同一个 Idempotency-Key 重发";
    /// Too many bytes.
    TooLarge = 413, "too_large", "请求体太大", "请求体不超过 4 MB，请分次提交";
    /// Not JSON by its own word.
    UnsupportedMediaType = 415, "unsupported_media_type", "请求体的类型不支持", "请写明 Content-Type: application/json";
    /// The contents are wrong.
    Invalid = 422, "invalid", "内容有误", "请按 faults 逐项更正后，换一个 Idempotency-Key 重新提交";
    /// Law or state does not allow it.
    Refused = 422, "refused", "依规定或者现状不能办理", "refusal 写明原因（见原因清单）和依据，按 mend 办理";
    /// The key was used for something else.
    IdempotencyKeyReused = 422, "idempotency_key_reused", "该 Idempotency-Key 已用于另一请求", "是同一件的，请按保存的原文逐字节重发，不要换值；确是另一件的，换一个 Idempotency-Key";
    /// Too many requests.
    QuotaExceeded = 429, "quota_exceeded", "请求次数超过配额", "请在 Retry-After 所写的秒数后再试；确需更多的，请对方的安全管理员调整配额";
    /// A fault of the program.
    Internal = 500, "internal", "系统内部错误", "请稍后用同一个 Idempotency-Key 重试；仍不成功请联系对方的管理员，并提供 X-Request-Id";
    /// Something that an operator mends.
    Unavailable = 503, "unavailable", "系统暂时不可用", "请稍后用同一个 Idempotency-Key 重试";
}

/// Why an act may be refused here, and what that means: a closed list.
pub const REFUSALS: &[(&str, &str)] = &[
    ("missing_text", "没有写明办理须写明的内容"),
    ("not_now", "现状不允许这样办理，例如协同事项还没有签收"),
    ("not_yours", "该事项由其他部门承办"),
    ("stopped", "该订阅已停止"),
    ("too_many_webhooks", "订阅的数量已达上限（10个）"),
    ("under_way", "该通知正在等待投递，不必重新投递"),
];

impl Code {
    /// The one that stands for a bare status.
    fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            413 => Self::TooLarge,
            415 => Self::UnsupportedMediaType,
            503 => Self::Unavailable,
            400..=499 => Self::InvalidParameter,
            _ => Self::Internal,
        }
    }
}

/// A problem.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// What is wrong here.
    pub detail: String,
    /// What is wrong with the input: everything at once.
    pub faults: Vec<Fault>,
    /// Why an act is refused.
    pub refusal: Option<Box<Refusal>>,
    /// When to try again, in seconds.
    pub retry_after: Option<i64>,
}

impl Problem {
    /// A problem.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), faults: vec![], refusal: None, retry_after: None }
    }

    /// A problem that needs no more words.
    pub fn bare(code: Code) -> Self {
        Self::new(code, code.title())
    }

    /// Faults of an input.
    pub fn faults(code: Code, faults: Vec<Fault>) -> Self {
        let detail = format!("有{}处需要更正", faults.len());
        Self { faults, ..Self::new(code, detail) }
    }

    /// With the time to try again.
    #[must_use]
    pub fn retry(self, seconds: i64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body.
    pub fn body(&self) -> Value {
        let code = self.code;
        let mut body = json!({
            "type": format!("/api#problem-{}", code.code()),
            "title": code.title(),
            "status": code.status(),
            "detail": self.detail,
            "code": code.code(),
            "mend": self.refusal.as_ref().map_or(code.mend(), |refusal| refusal.mend.as_str()),
        });
        if !self.faults.is_empty() {
            body["faults"] = json!(self.faults);
        }
        if let Some(refusal) = &self.refusal {
            body["refusal"] = json!({ "code": refusal.code, "article": refusal.article });
        }
        body
    }
}

/// A fault of a room at its place in the body: rooms name fields, programs are told a JSON Pointer.
fn pointed(mut fault: Fault) -> Fault {
    if !fault.place.starts_with('/') {
        fault.place.insert(0, '/');
    }
    fault
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        errors::log(&failure);
        let detail = failure.to_string();
        match failure {
            Failure::NotFound => Self::bare(Code::NotFound),
            Failure::Denied(_) => Self::new(Code::Denied, detail),
            Failure::Conflict => Self::bare(Code::Conflict),
            Failure::Exists => Self::bare(Code::Exists),
            Failure::Refused(refusal) => {
                debug_assert!(REFUSALS.iter().any(|known| known.0 == refusal.code), "{} is not listed", refusal.code);
                Self { refusal: Some(Box::new(refusal)), ..Self::new(Code::Refused, detail) }
            }
            Failure::Invalid(faults) => Self::faults(Code::Invalid, faults.into_iter().map(pointed).collect()),
            failure @ Failure::Store(_) => match errors::status(&failure) {
                StatusCode::SERVICE_UNAVAILABLE => Self::bare(Code::Unavailable).retry(30),
                _ => Self::bare(Code::Internal),
            },
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut answer = (self.status(), [(header::CONTENT_TYPE, KIND)], self.body().to_string()).into_response();
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

/// An answer of the server itself, such as for a method that is not there, as a problem.
pub fn instead_of(answer: Response) -> Response {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let (status, told) = (answer.status(), kind == Some(KIND));
    if told || !(status.is_client_error() || status.is_server_error()) {
        return answer;
    }
    let allow: Option<(HeaderName, HeaderValue)> =
        answer.headers().get(header::ALLOW).map(|allow| (header::ALLOW, allow.clone()));
    let told = match Code::of(status) {
        Code::NotFound => Problem::new(Code::NotFound, "没有这个接口，全部接口见 /api"),
        code => Problem::bare(code),
    };
    let mut problem = told.into_response();
    problem.headers_mut().extend(allow);
    problem
}
