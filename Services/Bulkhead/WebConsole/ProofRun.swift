import AccessProof
import Clock
import Schema
import Synchronization

/// The proof that the page starts, and the matrix as it was proven last.
actor ProofRun {
  /// What the page shows.
  struct State: Sendable {
    let proven: ProvenMatrix?
    /// Whether a proof runs, and how far it is.
    let isRunning: Bool
    let progress: ProofProgress?
    /// Why the last proof did not end; nil where it did.
    let failure: String?
  }

  /// How far the running proof is; written by its own threads.
  private final class Progress: Sendable {
    let value = Mutex<ProofProgress?>(nil)
  }

  private let proof: Proof
  private let progress = Progress()
  private var proven: ProvenMatrix?
  private var failure: String?
  private var task: Task<Void, Never>?

  init(_ proof: Proof) {
    self.proof = proof
  }

  var state: State {
    State(
      proven: proven, isRunning: task != nil, progress: progress.value.withLock { $0 }, failure: failure)
  }

  /// Starts a proof; false where one runs.
  func start() -> Bool {
    guard task == nil else { return false }
    failure = nil
    progress.value.withLock { $0 = nil }
    task = Task { [proof, progress] in
      do {
        let report = try await proof.run { step in progress.value.withLock { $0 = step } }
        end(.success(await Self.sorted(report)))
      } catch {
        end(.failure(error))
      }
    }
    return true
  }

  /// Cancels the running proof and waits until its rows are removed.
  func stop() async {
    task?.cancel()
    await task?.value
  }

  private func end(_ result: Result<ProvenMatrix, any Error>) {
    task = nil
    switch result {
    case .success(let matrix): proven = matrix
    case .failure(let error): failure = "\(error)"
    }
  }

  /// Outside of the actor, so that the page has its answers meanwhile.
  private static func sorted(_ report: ProofReport) async -> ProvenMatrix {
    ProvenMatrix(report, at: .now())
  }
}
