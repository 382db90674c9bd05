/// Decodes from a ``ConfigNode``, strictly: errors name the key's full path, and keys that nobody read are
/// known afterwards.
struct ConfigDecoder: Decoder {
    let node: ConfigNode
    let codingPath: [any CodingKey]
    let reading: ConfigReading

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// A decoder for the node at `path`.
    init(_ node: ConfigNode, path: [String] = [], reading: ConfigReading) {
        self.init(node, codingPath: path.map(ConfigKey.init(stringValue:)), reading: reading)
    }

    init(_ node: ConfigNode, codingPath: [any CodingKey], reading: ConfigReading) {
        self.node = node
        self.codingPath = codingPath
        self.reading = reading
    }

    /// Decodes a whole tree. Everything that is wrong with it goes to `problems`; what is optional and wrong is nil.
    static func decode<T: Decodable>(_ type: T.Type, from node: ConfigNode, _ problems: inout [ConfigProblem]) -> T? {
        let reading = ConfigReading(collects: true)
        var value: T?
        do {
            value = try ConfigDecoder(node.isNull ? .empty : node, reading: reading).read(type)
        } catch let error as ConfigurationError {
            error.problems.forEach(reading.note)
        } catch {
            reading.note(error as? ConfigProblem ?? ConfigProblem("", origin: node.origin, "\(error)"))
        }
        problems += reading.problems + reading.unknownKeys
        return value
    }

    var path: String { Self.path(codingPath) }

    static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }

    /// Reads any value, and says where and what went wrong if it does.
    func read<T: Decodable>(_ type: T.Type) throws -> T {
        do {
            if let scalar = type as? any ConfigScalar.Type, let value = try scalar.init(reading: self) as? T {
                return value
            }
            return try T(from: self)
        } catch {
            reading.abandon(path)
            throw problem(error)
        }
    }

    private func problem(_ error: any Error) -> any Error {
        switch error {
        case is ConfigProblem, is ConfigurationError:
            return error
        case DecodingError.keyNotFound(let key, let context):
            return ConfigProblem(Self.path(context.codingPath + [key]), origin: node.origin, "missing")
        case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            // A type may have read deeper than this decoder knows of.
            let path = context.codingPath.count > codingPath.count ? Self.path(context.codingPath) : path
            return ConfigProblem(path, origin: node.origin, context.debugDescription)
        default:
            return ConfigProblem(path, origin: node.origin, "\(error)")
        }
    }

    func wrongKind(expected: String) -> ConfigProblem {
        ConfigProblem(path, origin: node.origin, "expected \(expected), not \(node.kind)")
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let entries = node.entries else { throw wrongKind(expected: "a section") }
        reading.opened(node, at: path)
        return KeyedDecodingContainer(ConfigKeyedContainer(decoder: self, entries: entries))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let nodes) = node.content else { throw wrongKind(expected: "a list") }
        return ConfigListContainer(decoder: self, nodes: nodes)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        ConfigValueContainer(decoder: self)
    }

    func child(_ node: ConfigNode, _ key: any CodingKey) -> ConfigDecoder {
        ConfigDecoder(node, codingPath: codingPath + [key], reading: reading)
    }
}

struct ConfigKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}
