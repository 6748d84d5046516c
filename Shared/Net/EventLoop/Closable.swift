/// What is closed once its work is done, and may wait for that.
package protocol Closable {
  /// Ends the work.
  func close() async
}

extension Closable {
  /// Runs `body` and closes this afterwards, also where the body fails. A `defer` cannot wait.
  package func closing<Value, Failure: Error>(
    after body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    do throws(Failure) {
      let value = try await body()
      await close()
      return value
    } catch {
      await close()
      throw error
    }
  }
}
