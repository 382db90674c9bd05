extension StrictJSON {
    /// What is read of a value. If it turns out to be something else it is looked through all the same, and not kept.
    indirect enum Reading: Sendable {
        /// Nothing, whatever its names mean.
        case nothing
        case text
        case elements(Reading)
        /// Every member of an object.
        case dictionary(Reading)
        /// Those that are named here.
        case members(Members)

        static func object(_ members: KeyValuePairs<String, Reading>) -> Reading { .members(Members(members)) }
    }

    struct Members: Sendable {
        private let readings: [String: Reading]
        /// The right spellings, by the folded ones.
        private let spellings: [String: String]

        init(_ members: KeyValuePairs<String, Reading>) {
            readings = Dictionary(uniqueKeysWithValues: members.map { ($0, $1) })
            spellings = Dictionary(uniqueKeysWithValues: members.map { (folded($0.key), $0.key) })
        }

        func reading(_ name: String) -> Reading? { readings[name] }

        /// How a name is to be spelled that Go takes for one of these; nil: for none.
        func spelling(_ name: String) -> String? { spellings[folded(name)] }
    }
}
