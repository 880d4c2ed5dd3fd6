// Marks the page as scripted before it is painted, so that what only helps without JavaScript does not flash.
document.documentElement.classList.add("js");
