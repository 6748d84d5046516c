import Schema

/// The state of the fleet in a few numbers.
struct Summary: Codable, Sendable {
  struct UserCounts: Codable, Sendable {
    let total: Int
    let active: Int
    let confirmed: Int
    let operators: Int
  }

  struct SessionCounts: Codable, Sendable {
    let total: Int
    let open: Int
  }

  let users: UserCounts
  let sessions: SessionCounts
  let events: Int
  let generatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case users, sessions, events
    case generatedAt = "generated_at"
  }
}
