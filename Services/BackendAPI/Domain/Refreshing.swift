import Schema

/// What the session's row says about its refresh tokens.
struct RefreshState: Sendable, Hashable {
  let hash: String?
  let formerHash: String?
  let seed: String?
  let refreshedAt: Timestamp?
}

/// What a refresh token leads to in a session that has not ended.
enum Refreshing: Sendable, Hashable {
  /// It is the valid one, and the next one replaces it.
  case next
  /// It was exchanged a moment ago: the answer was lost, or two windows have asked at once. The answer is the same again.
  case again(seed: String)
  /// It was exchanged before. Its owner or a stranger has a copy, and the request does not show which of them has sent it.
  case reuse

  init(_ token: RefreshToken, in state: RefreshState, at now: Timestamp) {
    let hash = token.hash
    if hash == state.hash {
      self = .next
    } else if hash == state.formerHash, let seed = state.seed, let moment = state.refreshedAt,
      now < moment.adding(seconds: SessionLifetimes.graceSeconds),
      moment <= now.adding(seconds: SessionLifetimes.clockDifferenceSeconds)
    {
      self = .again(seed: seed)
    } else {
      self = .reuse
    }
  }
}
