import AccessPlanning
import Secrets
import Synchronization

/// An engine with the passwords of accounts, which can fail at any call, before or after its effect.
final class EngineWithPasswords: AccountPasswords {
  struct State {
    var accepted: [String: [Secret]] = [:]
    /// What a restart brings back.
    var saved: [String: [Secret]] = [:]
    var calls = 0
    /// The number of the call that fails, and whether it has its effect before that.
    var interruption: (call: Int, isAfter: Bool)?
    var oldSessions = 0
    /// What was accepted at each moment that the rotation took.
    var acceptedAtMoments: [[String: [Secret]]] = []
    /// Why no rotation could end.
    var obstacle: String?
    /// Why the engine checks no password now.
    var fullness: String?
    var ended = 0
  }

  let name = "Engine"
  let keepsTwo: Bool
  let state: Mutex<State>

  init(keepsTwo: Bool, accepted: [String: [Secret]]) {
    self.keepsTwo = keepsTwo
    state = Mutex(State(accepted: accepted, saved: accepted))
  }

  func set(_ passwords: [Secret], of account: String) async throws(AccessError) {
    try perform { $0.accepted[account] = passwords }
  }

  func response(to password: Secret, of account: String) async throws(AccessError) -> CredentialState {
    try perform { state in
      if let reason = state.fullness { return .unusable(reason: reason) }
      return state.accepted[account]?.contains(password) == true ? .accepted : .refused
    }
  }

  func moment() async throws(AccessError) -> Int64 {
    try perform { state in
      state.acceptedAtMoments.append(state.accepted)
      return Int64(state.calls)
    }
  }

  func sessions(of account: String, before moment: Int64) async throws(AccessError) -> Int {
    try perform { $0.oldSessions }
  }

  func endSessions(of account: String, before moment: Int64) async throws(AccessError) {
    try perform { state in
      state.ended += state.oldSessions
      state.oldSessions = 0
    }
  }

  func obstacle() async throws(AccessError) -> String? { try perform { $0.obstacle } }

  func save() async throws(AccessError) -> String? {
    try perform { state in
      state.saved = state.accepted
      return nil
    }
  }

  /// Loses what was not saved.
  func restart() { state.withLock { $0.accepted = $0.saved } }

  private func perform<Value: Sendable>(
    _ effect: (inout State) -> Value
  ) throws(AccessError) -> Value {
    let value: Value? = state.withLock { state in
      state.calls += 1
      guard let interruption = state.interruption, interruption.call == state.calls else {
        return effect(&state)
      }
      if interruption.isAfter { _ = effect(&state) }
      return nil
    }
    guard let value else { throw .unsupported("interrupted") }
    return value
  }
}
