import HTTP

/// Bytes of a server become the same response and the same error, however they are split.
enum ResponseTarget {
  private struct Outcome: Equatable {
    var response: Response?
    var error: ParseError?
  }

  static func check(_ input: UnsafeRawBufferPointer) {
    for isAnswerToHead in [false, true] {
      let outcome = Pieces.agree(on: input) { parse($0, size: $1, isAnswerToHead: isAnswerToHead) }
      guard let response = outcome.response else { continue }
      demand(response.body.count <= RequestTarget.limits.bodyBytes, "a body is longer than its limit")
      demand((200..<1000).contains(response.status.code), "an interim response counted as the last one")
      FuzzTarget.plant(where: ![200, 201, 204, 404].contains(response.status.code))
    }
  }

  private static func parse(_ input: UnsafeRawBufferPointer, size: Int, isAnswerToHead: Bool) -> Outcome {
    var parser = ResponseParser(limits: RequestTarget.limits, isAnswerToHead: isAnswerToHead)
    var outcome = Outcome()
    Pieces.each(of: input, size: size) { piece in
      do throws(ParseError) {
        outcome.response = try parser.parse(piece)
      } catch {
        outcome.error = error
      }
      return outcome.response == nil && outcome.error == nil
    }
    guard outcome.response == nil, outcome.error == nil else { return outcome }
    do throws(ParseError) {
      outcome.response = try parser.finish()
    } catch {
      outcome.error = error
    }
    return outcome
  }
}
