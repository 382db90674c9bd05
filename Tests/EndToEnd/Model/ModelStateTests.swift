import Testing

/// The model itself.
struct ModelStateTests {
    private let image = ModelManifest(digest: "image", blobs: ["config", "layer"])

    private func model(isAlone: Bool, _ steps: [(ModelOperation, ModelAnswer)] = []) throws -> Model {
        var model = Model(isAlone: isAlone)
        for blob in ["config", "layer"] { try model.note(.pushBlob(blob, to: "a"), .done) }
        for (operation, answer) in steps { try model.note(operation, answer) }
        return model
    }

    private func allows(_ model: Model, _ operation: ModelOperation, _ answer: ModelAnswer) -> Bool {
        var copy = model
        do {
            try copy.note(operation, answer)
            return true
        } catch {
            return false
        }
    }

    @Test func `what no manifest needs may go beside others, and nothing that one needs`() throws {
        let before = try model(isAlone: false)
        #expect(allows(before, .readBlob("layer", in: "a"), .done))
        #expect(allows(before, .readBlob("layer", in: "a"), .unknown))
        #expect(allows(before, .pushManifest(image, to: "a", tag: "v"), .missing(["layer"])))
        #expect(!allows(before, .pushManifest(image, to: "a", tag: "v"), .missing(["other"])))

        let after = try model(isAlone: false, [(.pushManifest(image, to: "a", tag: "v"), .done)])
        #expect(after.state.needed == ["config", "layer"])
        #expect(!allows(after, .readBlob("layer", in: "a"), .unknown))
        #expect(!allows(after, .pushManifest(image, to: "a", tag: "w"), .missing(["layer"])))
        #expect(!allows(after, .mountBlob("layer", from: "a", to: "b"), .declined))
        #expect(!allows(after, .deleteBlob("layer", in: "a"), .done))
        #expect(allows(after, .deleteBlob("layer", in: "a"), .refused))

        let gone = try model(
            isAlone: false,
            [
                (.pushManifest(image, to: "a", tag: "v"), .done), (.mountBlob("layer", from: "a", to: "b"), .done),
                (.deleteManifest("image", in: "a"), .done),
            ])
        #expect(allows(gone, .readBlob("layer", in: "b"), .unknown))
        #expect(!allows(gone, .readTag("v", in: "a"), .found("image")))
    }

    @Test func `alone everything is exact`() throws {
        let other = ModelManifest(digest: "other", blobs: ["config"])
        var model = try model(isAlone: true, [(.pushManifest(other, to: "a", tag: nil), .done)])
        #expect(!allows(model, .readBlob("layer", in: "a"), .unknown))
        #expect(!allows(model, .mountBlob("none", from: nil, to: "b"), .done))
        try model.note(.mountBlob("layer", from: nil, to: "b"), .done)
        try model.note(.collect(untagged: false), .done)
        for name in ["a", "b"] { #expect(!allows(model, .readBlob("layer", in: name), .done)) }
        #expect(!allows(model, .readBlob("config", in: "a"), .unknown))
    }

    @Test func `an index needs its manifests`() throws {
        let index = ModelManifest(digest: "index", manifests: ["image"])
        var model = try model(isAlone: false)
        #expect(!allows(model, .pushManifest(index, to: "a", tag: "v"), .done))
        #expect(allows(model, .pushManifest(index, to: "a", tag: "v"), .missing(["image"])))
        try model.note(.pushManifest(image, to: "a", tag: nil), .done)
        #expect(!allows(model, .pushManifest(index, to: "a", tag: "v"), .missing(["image"])))
        try model.note(.pushManifest(index, to: "a", tag: "v"), .done)
        #expect(allows(model, .listTags(in: "a"), .tags(["v"])))
    }

    @Test func `what was cut off happened or not, until an answer tells`() throws {
        var model = try model(isAlone: false)
        model.cutOff(.pushManifest(image, to: "a", tag: "v"))
        #expect(model.isInDoubt)
        for (tag, manifest) in [(ModelAnswer.found("image"), ModelAnswer.done), (.unknown, .unknown)] {
            var settled = model
            try settled.note(.readTag("v", in: "a"), tag)
            #expect(!settled.isInDoubt)
            #expect(allows(settled, .readManifest("image", in: "a"), manifest))
            #expect(!allows(settled, .readManifest("image", in: "a"), manifest == .done ? .unknown : .done))
        }
        // A half of it is neither.
        try model.note(.readManifest("image", in: "a"), .done)
        #expect(!allows(model, .readTag("v", in: "a"), .unknown))
        // What makes no difference leaves no doubt.
        model.cutOff(.pushBlob("layer", to: "a"))
        model.cutOff(.readTag("v", in: "a"))
        #expect(!model.isInDoubt)
    }

    @Test func `what was there when something needed it stays`() throws {
        // It came before the manifest did, and may have been collected since.
        var model = Model(isAlone: false)
        try model.note(.pushBlob("layer", to: "b"), .done)
        for blob in ["config", "layer"] { try model.note(.pushBlob(blob, to: "a"), .done) }
        try model.note(.pushManifest(image, to: "a", tag: nil), .done)
        #expect(allows(model, .readBlob("layer", in: "b"), .unknown))
        model.cutOff(.mountBlob("layer", from: "a", to: "b"))
        try model.note(.readBlob("layer", in: "b"), .done)
        #expect(!model.isInDoubt)
        #expect(!allows(model, .readBlob("layer", in: "b"), .unknown))
    }

    @Test func `what no tag keeps goes with a collection of that, and what it kept`() throws {
        let index = ModelManifest(digest: "index", manifests: ["image"])
        let about = ModelManifest(digest: "about", blobs: ["layer"], subject: "index", artifactType: "note")
        let before = try model(
            isAlone: true,
            [
                (.pushManifest(image, to: "a", tag: nil), .done), (.pushManifest(index, to: "a", tag: "v"), .done),
                (.pushManifest(about, to: "a", tag: nil), .done), (.collect(untagged: true), .done),
            ])
        for manifest in ["image", "index", "about"] { #expect(allows(before, .readManifest(manifest, in: "a"), .done)) }
        var after = before
        try after.note(.deleteTag("v", in: "a"), .done)
        #expect(allows(after, .readManifest("about", in: "a"), .done))
        try after.note(.collect(untagged: true), .done)
        for manifest in ["image", "index", "about"] {
            #expect(!allows(after, .readManifest(manifest, in: "a"), .done))
        }
        #expect(!allows(after, .readBlob("layer", in: "a"), .done))
    }

    @Test func `referrers are listed by what they are about, be it there or not`() throws {
        let note = ModelManifest(digest: "note", subject: "image", artifactType: "note")
        let other = ModelManifest(digest: "other", subject: "image", artifactType: "other")
        var model = try model(
            isAlone: false,
            [(.pushManifest(note, to: "a", tag: nil), .done), (.pushManifest(other, to: "a", tag: nil), .done)])
        #expect(allows(model, .listReferrers(of: "image", type: nil, in: "a"), .referrers(["note", "other"])))
        #expect(allows(model, .listReferrers(of: "image", type: "note", in: "a"), .referrers(["note"])))
        #expect(allows(model, .listReferrers(of: "image", type: nil, in: "b"), .referrers([])))
        // Nothing keeps what is about nothing.
        try model.note(.collect(untagged: true), .done)
        #expect(allows(model, .listReferrers(of: "image", type: nil, in: "a"), .referrers([])))
    }
}
