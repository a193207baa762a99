"""What a scenario cannot show, and how far a falling loss is no proof."""
