import DataAccess
import JSON
import Routing
import Schema
import Service

/// The integrations table. Every query names the owner, so that a guessed id reveals nothing.
struct IntegrationRepository: Sendable {
  let database: Database
  let events: EventLog
  private let columns = Integrations.select(
    \.id, \.provider, \.externalAccount, \.status, \.config, \.createdAt, \.updatedAt)

  func integrations(
    of ownerID: Int64, after cursor: PageKey?, limit: Int
  ) async throws(DatabaseError) -> Page<Integration> {
    try await database.page(
      columns.where(\.ownerID == ownerID), after: cursor, limit: limit, upTo: PageRequest.maximumBytes,
      as: Self.integration)
  }

  func integration(id: Int64, of ownerID: Int64) async throws(DatabaseError) -> Integration? {
    try await database.first(columns.where(\.id == id && \.ownerID == ownerID), as: Self.integration)
  }

  func create(
    ownerID: Int64, provider: String, externalAccount: String, config: JSONText,
    key: IdempotencyKey? = nil, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Creation<Integration> {
    let mine = \Integrations.ownerID == ownerID
    return try await OwnedCreation(ownerID: ownerID, key: key, now: now).run(
      in: database, counting: Integrations.count().where(mine), upTo: ConnectorRules.maximumIntegrations,
      find: { id, transaction throws(DatabaseError) in
        try await transaction.first(columns.where(\.id == id && mine), as: Self.integration)
      },
      insert: { transaction throws(DatabaseError) in
        let created = try await transaction.insert(
          Integrations.insert(
            \.ownerID <- ownerID, \.provider <- provider, \.externalAccount <- externalAccount,
            \.status <- "active", \.config <- config, \.createdAt <- now, \.updatedAt <- now),
          returning: \.id, unlessConflictOf: \.ownerID, \.provider, \.externalAccount)
        guard let id = created else { return nil }
        try await events.append(
          "integration.connected", subject: .id(ownerID), by: author,
          payload: ["provider": .string(provider)], object: "integration/\(id)", at: now, in: transaction)
        let integration = try Self.integration(
          id: id, provider: provider, externalAccount: externalAccount, status: "active", config: config,
          createdAt: now, updatedAt: now)
        return (id, integration)
      })
  }

  func update(
    id: Int64, of ownerID: Int64, _ changes: IntegrationChanges, if precondition: Precondition = .none,
    by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Change<Integration> {
    try await database.transaction { transaction throws(DatabaseError) in
      var assignments: [Assignment<Integrations>] = [\.updatedAt <- now]
      if let status = changes.status { assignments.append(\.status <- status) }
      if let config = changes.config { assignments.append(\.config <- config) }
      let mine = \Integrations.id == id && \Integrations.ownerID == ownerID
      return try await transaction.change(columns.where(mine), if: precondition, as: Self.integration) {
        () throws(DatabaseError) in
        let changed = try await transaction.run(
          Integrations.update(assignments).where(mine), returning: columns, as: Self.integration)
        guard let integration = changed.first else { return nil }
        try await events.append(
          "integration.updated", subject: .id(ownerID), by: author, payload: ["fields": changes.fieldNames],
          object: "integration/\(id)", at: now, in: transaction)
        return integration
      }
    }
  }

  func delete(
    id: Int64, of ownerID: Int64, if precondition: Precondition = .none, by author: EventAuthor,
    at now: Timestamp
  ) async throws(DatabaseError) -> Change<Void> {
    try await database.transaction { transaction throws(DatabaseError) in
      let mine = \Integrations.id == id && \Integrations.ownerID == ownerID
      return try await transaction.change(columns.where(mine), if: precondition, as: Self.integration) {
        () throws(DatabaseError) -> Void? in
        let removed = try await transaction.run(
          Integrations.delete().where(mine), returning: Integrations.select(\.provider), as: { $0 })
        guard let provider = removed.first else { return nil }
        try await events.append(
          "integration.removed", subject: .id(ownerID), by: author, payload: ["provider": .string(provider)],
          object: "integration/\(id)", at: now, in: transaction)
        return ()
      }
    }
  }

  @Sendable private static func integration(
    id: Int64, provider: String, externalAccount: String, status: String, config: JSONText,
    createdAt: Timestamp, updatedAt: Timestamp
  ) throws(DatabaseError) -> Integration {
    Integration(
      id: id, provider: provider, externalAccount: externalAccount, status: status,
      config: try JSONValue(stored: config, in: \Integrations.config), createdAt: createdAt,
      updatedAt: updatedAt)
  }
}
