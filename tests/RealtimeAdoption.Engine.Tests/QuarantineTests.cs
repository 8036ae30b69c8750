using System.Runtime.InteropServices;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.TestKit.Drivers;
using static RealtimeAdoption.Engine.Tests.Sample;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>A broken invariant stops the account that broke it, loudly, and nothing else.</summary>
public sealed class QuarantineTests
{
    [Fact]
    public void An_account_that_breaks_is_stopped_and_told_of_and_the_others_go_on()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        driver.Append(Crm("b", Start, "other"), Start);
        Break(driver, "acme", true);

        driver.Append([Event("c", Start), Event("d", Start, account: "other")], Start);

        var fault = Assert.Single(driver.Faults);
        Assert.Equal(("acme", true), (fault.Account, fault.Stopped));
        Assert.Contains("InvalidOperationException", fault.Reason, StringComparison.Ordinal);
        Assert.Equal(26, driver.Contacts("other"));
        driver.AdvanceTo(Start + (60 * Day));
        Assert.Single(driver.Faults);
        Assert.False(driver.View("other")!.Products[0].Adopted);
    }

    [Fact]
    public void A_stopped_account_stays_stopped_over_a_restart_from_its_checkpoint_and_is_healed_by_a_replay_of_the_journal()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        Break(driver, "acme", true);
        driver.Append(Event("b", Start));
        Break(driver, "acme", false);
        driver.Checkpoint();

        driver.Crash();
        driver.Append(Event("c", Start));
        Assert.Equal(25, driver.Contacts());
        Assert.Equal("acme", Assert.Single(driver.Partition.Faults).Account);

        driver.Crash(fromScratch: true);
        Assert.Equal(27, driver.Contacts());
        Assert.Empty(driver.Partition.Faults);
    }

    [Fact]
    public void A_checkpoint_with_a_state_of_another_layout_is_refused_as_a_whole()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        Break(driver, "acme", true);
        driver.Checkpoint();

        Assert.Throws<InvalidDataException>(() => driver.Crash());
    }

    // The version of the state's bytes: every use of it fails.
    internal static void Break(PartitionDriver driver, string account, bool isBroken)
    {
        var state = driver.Partition.State(account);
        ref var version = ref MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(state), state.Length)[0];
        version = (byte)(isBroken ? version | 0x80 : version & 0x7F);
    }
}
