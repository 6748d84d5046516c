import AccessManifest
import AccessPlanning
import DatabaseTestSupport

@testable import PostgresAdministration

/// The fleet's declared state, with the differences and the plan after one change of the actual state.
struct PostgresDrift {
  let declared: PostgresState

  init() throws {
    declared = PostgresState(declaredBy: try FleetManifest.load(), database: "app_db")
  }

  /// The declared state, with the other entries of a real catalog.
  var inOrder: PostgresState {
    var state = declared
    state.owners[PostgresObject(.schema, name: "public")] = "pg_database_owner"
    state.sampledColumns = []
    state.memberships = Set(
      declared.memberships.map {
        PostgresMembership(
          role: $0.role, member: $0.member, grantor: "postgres", canAdminister: true, inherits: false,
          canSet: false)
      })
    return state
  }

  func steps(after change: (inout PostgresState) -> Void) -> [PlannedStep] {
    var actual = inOrder
    change(&actual)
    return PostgresPlanner(declared: declared, actual: actual).allSteps
  }

  func plan(after change: (inout PostgresState) -> Void) -> AccessPlan {
    var actual = inOrder
    change(&actual)
    return PostgresPlanner(declared: declared, actual: actual).plan
  }

  func deviations(after change: (inout PostgresState) -> Void) -> [Deviation] {
    var actual = inOrder
    change(&actual)
    return PostgresComparison(declared: declared, actual: actual).differences.map(\.deviation)
  }
}

extension PostgresState {
  subscript(role name: String) -> PostgresRole {
    get { roles[name] ?? PostgresRole() }
    set { roles[name] = newValue }
  }
}
