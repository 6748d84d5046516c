import DataAccess
import Schema

/// Counts of users, sessions and events; analytics reads no address, password or token.
struct ActivityRepository: Sendable {
  let database: Database

  func summary(at now: Timestamp) async throws(DatabaseError) -> Summary {
    let users = Summary.UserCounts(
      total: try await database.count(Users.count()),
      active: try await database.count(Users.count().where(\.active == true)),
      confirmed: try await database.count(Users.count().where(!\.confirmedAt.isNull)),
      operators: try await database.count(Users.count().where(\.role == Role.operator.rawValue)))
    let sessions = Summary.SessionCounts(
      total: try await database.count(Sessions.count()),
      open: try await database.count(Sessions.count().where(\.revokedAt.isNull && \.expiresAt > now)))
    return Summary(
      users: users, sessions: sessions, events: try await database.count(Events.count()), generatedAt: now)
  }

  /// The day of the first event; `nil` without events.
  func firstDay() async throws(DatabaseError) -> CalendarDate? {
    try await database.first(Events.select(\.occurredAt).orderBy(\.id)) { CalendarDate(containing: $0) }
  }

  /// The value of a metric on a day, in UTC.
  func value(of metric: Metric, on day: CalendarDate) async throws(DatabaseError) -> Int64 {
    let start = day.start
    let end = day.adding(days: 1).start
    let count =
      switch metric {
      case .usersCreated:
        try await database.count(Users.count().where(\.createdAt >= start && \.createdAt < end))
      case .sessionsCreated:
        try await database.count(Sessions.count().where(\.createdAt >= start && \.createdAt < end))
      case .events:
        try await database.count(Events.count().where(\.occurredAt >= start && \.occurredAt < end))
      }
    return Int64(count)
  }
}
