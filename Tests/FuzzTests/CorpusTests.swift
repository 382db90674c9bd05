import Foundation
import FuzzTargets
import Testing

/// What fuzzers have found, and what they began with: each through every parser.
@Suite struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../Fuzzing/Corpus"
    ).standardizedFileURL

    private static func files(_ target: FuzzTarget) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: corpus.appending(path: target.rawValue), includingPropertiesForKeys: nil)
    }

    @Test(arguments: FuzzTarget.allCases)
    func `every target has something to begin with`(_ target: FuzzTarget) throws {
        #expect(try Self.files(target).count >= 3)
    }

    @Test(arguments: FuzzTarget.allCases)
    func `no input breaks a parser's rules`(_ target: FuzzTarget) throws {
        for file in try FuzzTarget.allCases.flatMap(Self.files) {
            let input = [UInt8](try Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.run(input) }
        }
    }
}
