/// Why an attempt at a transaction came to nothing.
struct TransactionFailure: Error {
  let error: DatabaseError
  /// Whether the connection turned out to be lost before the transaction had begun, so that nothing can have happened
  /// and another connection may do.
  let isBeforeBegin: Bool
}
