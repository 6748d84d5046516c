import DataAccess

/// The claim of one run, and the session that renews it.
struct MigrationClaimHolder: Sendable {
  let claim: MigrationClaim
  let session: Session
  private let token: String

  /// A claim with a token that no other run has.
  init(_ claim: MigrationClaim, _ session: Session) {
    self.claim = claim
    self.session = session
    token = (0..<2).map { _ in Self.hexadecimal(.random(in: .min ... .max)) }.joined()
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Claims, or fails with `lockTimeout` while another run has the claim. Removes the claim of a run that has ended.
  /// The observation is that of all attempts at the claim.
  func take(_ observation: inout ClaimObservation) async throws(DatabaseError) {
    if try await !session.hasTable(claim.table) { try await change(claim.createTable) }
    try await change(claim.mark)
    let others = try await change(claim.others)
    for row in 0..<others.rowCount {
      let (other, renewal) = (try others.text(row, 0), try others.text(row, 1))
      let hasEnded =
        others.isNull(row, 2)
        ? observation.hasExpired(token: other, renewal: renewal) : try others.integer(row, 2) == 1
      if hasEnded { try await change(claim.remove, token: other) }
    }
    do {
      try await change(claim.take)
    } catch {
      guard case .uniqueViolation = error.kind else { throw error }
      throw DatabaseError(.lockTimeout, nativeCode: error.nativeCode, operation: Self.label)
    }
  }

  /// Shows that the run goes on; fails when another run has taken the claim.
  func renew() async throws(DatabaseError) {
    guard try await change(claim.renew).affectedRows == 1 else {
      // Not a lock for which a repetition could wait.
      throw DatabaseError(
        .other, operation: Self.label,
        detail: "this run lost its claim in \(claim.table) to another one; run again")
    }
  }

  /// Renews until the task is cancelled. A renewal that fails is found by the next check of the run.
  func renewRegularly() async {
    while true {
      try? await Task.sleep(for: .seconds(MigrationClaim.renewalSeconds))
      if Task.isCancelled { return }
      _ = try? await renew()
    }
  }

  /// Ends the claim. Where that fails, the end of the session does.
  func release() async { _ = try? await change(claim.remove) }

  private static let label = "lock migrations"

  @discardableResult
  private func change(_ sql: String, token: String? = nil) async throws(DatabaseError) -> any ResultSet {
    let text = sql.replacing(MigrationClaim.tokenMark, with: token ?? self.token)
    let operation = Operation(.other, label: Self.label)
    return try await session.execute(Query(sql: text, operation: operation, isReusable: false))
  }
}
