import RegistryCore
import Testing

@testable import RegistryServer

struct BackupScheduleTests {
    private let hour = Duration.seconds(3600)

    private func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1000 * seconds) }

    @Test func `the first snapshot is due an interval after the first start`() {
        let schedule = BackupSchedule(since: time(1000))
        #expect(!schedule.isDue(at: time(1000), every: hour))
        #expect(!schedule.isDue(at: time(4599), every: hour))
        #expect(schedule.isDue(at: time(4600), every: hour))
    }

    @Test func `every other one an interval after the newest`() {
        let schedule = BackupSchedule(since: time(1000), newest: time(9000))
        #expect(!schedule.isDue(at: time(12_599), every: hour))
        #expect(schedule.isDue(at: time(12_600), every: hour))
        #expect(schedule.isDue(at: time(9001), every: .seconds(1)))
    }

    @Test func `what failed is tried again after an hour, or an interval if that is shorter`() {
        func isPausing(_ now: Int64, _ interval: Duration) -> Bool {
            BackupSchedule.isPausing(since: time(5000), at: time(now), every: interval)
        }
        #expect(isPausing(8599, hour * 24))
        #expect(!isPausing(8600, hour * 24))
        #expect(isPausing(5009, .seconds(10)))
        #expect(!isPausing(5010, .seconds(10)))
        // The clock was set back.
        #expect(!isPausing(4000, hour))
        #expect(!BackupSchedule.isPausing(since: nil, at: time(1), every: hour))
    }
}
