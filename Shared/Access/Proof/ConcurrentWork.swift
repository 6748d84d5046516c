/// Runs `body` for each element, for at most `limit` of them at a time, on `executor`.
///
/// After an error or a cancellation it starts no other element and cancels those that run. It returns when all have
/// ended.
/// - Throws: The first error.
func forEachConcurrently<Element: Sendable>(
  _ elements: [Element], limit: Int, on executor: (any TaskExecutor)?,
  _ body: @escaping @Sendable (Element) async throws(ProofError) -> Void
) async throws(ProofError) {
  let failure = await withTaskGroup(of: Result<Void, ProofError>.self) { group -> ProofError? in
    var waiting = elements.makeIterator()
    func startNext() {
      guard !Task.isCancelled, let element = waiting.next() else { return }
      group.addTask(executorPreference: executor) { () -> Result<Void, ProofError> in
        do throws(ProofError) {
          return .success(try await body(element))
        } catch {
          return .failure(error)
        }
      }
    }
    for _ in 0..<max(1, limit) { startNext() }
    var failure: ProofError?
    for await result in group {
      if case .failure(let error) = result, failure == nil {
        failure = error
        group.cancelAll()
      }
      if failure == nil { startNext() }
    }
    return failure
  }
  if Task.isCancelled { throw .stopped }
  if let failure { throw failure }
}
