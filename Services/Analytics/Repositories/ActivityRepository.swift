import DataAccess
import Schema

/// Counts of users, sessions and events; analytics reads no address, password or token.
struct ActivityRepository: Sendable {
  /// The most days that one statement counts, so that it ends within the account's statement timeout.
  static let maximumDaysPerStatement: Int32 = 31

  let database: Database

  /// The counts of all tables, from one statement and so from one snapshot.
  func summary(at now: Timestamp) async throws(DatabaseError) -> Summary {
    let (users, sessions, events) = try await database.together(
      Self.users, Self.sessions(at: now), Events.aggregate(.count()).making { Int($0) })
    return Summary(users: users, sessions: sessions, events: events, generatedAt: now)
  }

  private static var users: AggregateQuery<Summary.UserCounts> {
    let active: Predicate<Users> = \.active == true
    let confirmed: Predicate<Users> = !\.confirmedAt.isNull
    let operators: Predicate<Users> = \.role == Role.operator.rawValue
    return Users.aggregate(
      .count(), .count(where: active), .count(where: confirmed), .count(where: operators)
    ).making { total, active, confirmed, operators in
      Summary.UserCounts(
        total: Int(total), active: Int(active), confirmed: Int(confirmed), operators: Int(operators))
    }
  }

  private static func sessions(at now: Timestamp) -> AggregateQuery<Summary.SessionCounts> {
    let open: Predicate<Sessions> = \.revokedAt.isNull && \.expiresAt > now
    return Sessions.aggregate(.count(), .count(where: open)).making { total, open in
      Summary.SessionCounts(total: Int(total), open: Int(open))
    }
  }

  /// The day of the earliest event from `first` to `last`; `nil` without events.
  func firstDay(from first: CalendarDate, to last: CalendarDate) async throws(DatabaseError) -> CalendarDate?
  {
    let (start, end) = (first.start, last.adding(days: 1).start)
    let earliest = try await database.one(
      Events.aggregate(.min(\.occurredAt)).where(\.occurredAt >= start && \.occurredAt < end).making { $0 })
    return earliest.map(CalendarDate.init(containing:))
  }

  /// The value of every metric on every day from `first` to `last`, in UTC, from one statement.
  func values(
    from first: CalendarDate, to last: CalendarDate
  ) async throws(DatabaseError) -> [MetricValue] {
    let (start, end) = (first.start, last.adding(days: 1).start)
    let counted = try await database.groups(
      of: Metric.allCases.map { Self.countByDay(of: $0, from: start, before: end) })
    let days = (first.daysSinceEpoch...last.daysSinceEpoch).map(CalendarDate.init(daysSinceEpoch:))
    return zip(Metric.allCases, counted).flatMap { metric, values in
      let byDay = Dictionary(values.map { ($0.day, $0.value) }, uniquingKeysWith: +)
      return days.map { MetricValue(metric: metric, day: $0, value: byDay[$0] ?? 0) }
    }
  }

  /// Counts events, which no one can remove: the rows of a deleted user are gone, and the days stay as they were. Only
  /// the days with rows appear.
  private static func countByDay(
    of metric: Metric, from start: Timestamp, before end: Timestamp
  ) -> AggregateQuery<DailyValue> {
    var days = Events.aggregate(.day(of: \.occurredAt), .count())
      .where(\.occurredAt >= start && \.occurredAt < end)
    if let type = metric.eventType {
      days = days.where(\.type == type && \.source == Metric.eventSource)
    }
    return days.making(DailyValue.init)
  }
}
