import DataAccess
import Routing
import Schema

/// What a request that creates something leads to.
package enum Creation<Item: Sendable>: Sendable {
  case created(Item)
  /// An earlier request with the same key created it.
  case repeated(Item)
  /// There is something with the same name already.
  case taken
  case limitReached
  case keyReused
  /// What an earlier request with the same key created does not exist any more.
  case removed

  /// The thing, new or known; throws the problem of the request otherwise.
  package func item(taken: Problem, full: Problem) throws(Problem) -> Item {
    switch self {
    case .created(let item), .repeated(let item): return item
    case .taken: throw taken
    case .limitReached: throw full
    case .keyReused: throw .idempotencyKeyReused
    case .removed: throw .idempotentResultRemoved
    }
  }
}

/// What a change under the request's conditions leads to.
package enum Change<Item: Sendable>: Sendable {
  case made(Item)
  /// There is nothing with that id, or it belongs to another user.
  case absent
  /// The thing does not have the state that the request names.
  case outdated

  /// The changed thing; nil where nothing was changed.
  package var made: Item? {
    if case .made(let item) = self { return item }
    return nil
  }

  /// The changed thing; throws the problem of the request otherwise.
  @discardableResult
  package func item() throws(Problem) -> Item {
    switch self {
    case .made(let item): return item
    case .absent: throw .notFound()
    case .outdated: throw .outdated
    }
  }
}

extension Transaction {
  /// Makes a change if the one selected row meets the precondition, which locks it. `body` returns nil where there is no such
  /// row; without a precondition nothing else looks for it.
  package func change<Owner, each Value, Item: Encodable, Changed>(
    _ row: Select<Owner, repeat each Value>, if precondition: Precondition,
    as make: (repeat each Value) throws(DatabaseError) -> Item,
    _ body: () async throws(DatabaseError) -> Changed?
  ) async throws(DatabaseError) -> Change<Changed> {
    switch try await allows(precondition, on: row, as: make) {
    case nil: return .absent
    case false?: return .outdated
    case true?: return try await body().map(Change.made) ?? .absent
    }
  }

  /// Whether the one selected row meets the precondition, which locks it; nil where there is no such row.
  private func allows<Owner, each Value, Item: Encodable>(
    _ precondition: Precondition, on row: Select<Owner, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> Bool? {
    guard precondition.isPresent else { return true }
    return try await first(row.forUpdate(), as: make).map { precondition.allows(EntityTag.of($0)) }
  }
}

extension Problem {
  /// 412: the resource is not the one that the client has read.
  package static var outdated: Problem {
    .preconditionFailed("the resource does not have the requested ETag: read it again")
  }
}
