import DataAccess

extension EscapeAttempts {
  /// One attempt.
  package struct Attempt: Sendable {
    /// What the statement must find to count as successful. Without it, the engine's refusal is expected; with it, an
    /// empty answer is, because the engine hides what it does not refuse.
    package enum Finds: Sendable {
      /// Nothing: a statement without an error is successful.
      case completion
      /// Nothing, and neither does a statement that fails with one of these codes: the engine reports them after its
      /// check of permissions. Such a statement has no effect.
      case completionOrCode(Set<String>)
      /// At least one row.
      case rows
      /// Rows whose first column, line by line, meets the condition.
      case text(@Sendable ([String]) -> Bool)
    }

    let object: String
    let verb: String
    let preparation: [String]
    let sql: String
    let finds: Finds
    let undo: Undo

    /// Creates an attempt: `verb` on `object` by the statement `sql`, after the statements of `preparation`.
    package init(
      object: String, verb: String, preparation: [String] = [], sql: String, finds: Finds = .completion,
      undo: Undo = .savepoint
    ) {
      self.object = object
      self.verb = verb
      self.preparation = preparation
      self.sql = sql
      self.finds = finds
      self.undo = undo
    }

    /// Whether it is one of `verbs` on `object`.
    package func isOn(_ object: String, _ verbs: [String]) -> Bool {
      self.object == object && verbs.contains(verb)
    }

    /// The cell of the attempt by an account: refused, or open where it shows a known residue.
    func probe(for account: String, row: String? = nil, residue: String? = nil) -> DatabaseProbe {
      DatabaseProbe(
        cell: ProofCell(
          .database, account: account, object: object, verb: verb, row: row,
          expected: residue == nil ? refusal : .open, residue: residue),
        preparation: preparation.map { ProbeStatement(Operation(.other, label: "prepare"), [.sql($0)]) },
        statement: ProbeStatement(Operation(.other, label: verb), [.sql(sql)]), success: success,
        undo: undo.statements)
    }

    private var refusal: ProofCell.Expectation {
      switch finds {
      case .completion, .completionOrCode: .denied
      case .rows, .text: .unseen
      }
    }

    private var success: DatabaseProbe.Success {
      switch finds {
      case .completion: .completion
      case .completionOrCode(let codes): .completionOrCode(codes)
      case .rows: .aRowRead
      case .text(let condition): .text(condition)
      }
    }
  }
}
