/// The parsers that read what others have written. `Fuzzing/` feeds them what it makes up, a test what that has found so far.
///
/// There is nothing here outside of debug builds: only they let one module see the inside of another.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case route, range, manifest, token, xml, configuration
    case contentRange = "content-range"
}

/// What should hold whatever comes in does not.
public struct BrokenRule: Error, CustomStringConvertible {
    public var description: String
}

#if DEBUG
    extension FuzzTarget {
        /// Reads `input`, and throws ``BrokenRule`` where the parser does what it never should.
        public func run(_ input: [UInt8]) throws {
            switch self {
            case .route: try readRoute(input)
            case .range: try readRange(input)
            case .contentRange: try readContentRange(input)
            case .manifest: try readManifest(input)
            case .token: try readToken(input)
            case .xml: try readXML(input)
            case .configuration: try readConfiguration(input)
            }
        }
    }

    func rule(_ holds: Bool, _ text: @autoclosure () -> String) throws {
        if !holds { throw BrokenRule(description: text()) }
    }
#endif
