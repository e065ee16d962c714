"""History of deals, as it was known at the date: of the pair, of the account, and of the topic at all accounts."""

from bgml import deals, says

won_before = deals("won", says="{value:.0f} deals won on this topic before")
lost_before = deals("lost", says="{value:.0f} deals lost on this topic before")
account_won_before = deals("won", grain="account", says="{value:.0f} deals won with the account before")
account_lost_before = deals("lost", grain="account", says="{value:.0f} deals lost with the account before")
account_open_before = deals("open", grain="account", says="{value:.0f} deals open with the account")
topic_won = deals("won", grain="topic", windows=(364,), says="{value:.0f} deals won on the topic in the last {days} days")
topic_lost = deals("lost", grain="topic", windows=(364,), says="{value:.0f} deals lost on the topic in the last {days} days")
topic_opened = deals("opened", grain="topic", windows=(364,), says="{value:.0f} opportunities opened on the topic in the last {days} days")


@says("{value:.0%} of the topic's closed deals were won")
def topic_win_rate(m):
    """Share of the topic's deals closed in the last year that were won, smoothed by one deal of each kind."""
    return (m.topic_won_364d + 1.0) / (m.topic_won_364d + m.topic_lost_364d + 2.0)
